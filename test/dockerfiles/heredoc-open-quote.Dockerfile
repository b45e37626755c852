FROM alpine:3.20
RUN echo don't <<EOF
FROM busybox:1
