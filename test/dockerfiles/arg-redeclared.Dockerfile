ARG V=1
ARG V=${V}.2
FROM alpine:$V
