FROM alpine:3.20
RUN --image=busybox:1 true
