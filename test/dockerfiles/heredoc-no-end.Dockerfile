FROM alpine:3.20
RUN <<EOF
FROM busybox:1
