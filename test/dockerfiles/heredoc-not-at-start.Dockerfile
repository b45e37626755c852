FROM alpine:3.20
RUN echo a<<EOF
FROM busybox:1
