ARG V=3
FROM alpine:$V.20-x
