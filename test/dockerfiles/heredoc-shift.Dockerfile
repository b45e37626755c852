FROM alpine:3.20
RUN echo $((1 << 2))
2))
FROM busybox:1
