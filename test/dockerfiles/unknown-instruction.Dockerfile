FROM alpine:3.20
FETCH busybox:1
