FROM alpine:3.20
RUN a${A/b/c}<<EOF
FROM busybox:1
