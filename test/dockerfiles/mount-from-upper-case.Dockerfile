FROM alpine:3.20
RUN --mount=TYPE=bind,FROM=busybox:1,target=/a true
