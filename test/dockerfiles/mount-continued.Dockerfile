FROM alpine:3.20
RUN --mount=type=bind,from=busybox:1,\
target=/a \
    --mount=from=node:22,target=/n \
    true
