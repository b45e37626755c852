ARG V=3.20
ARG V
FROM alpine:$V
