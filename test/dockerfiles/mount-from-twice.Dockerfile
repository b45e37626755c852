FROM alpine:3.20
RUN --mount=from=busybox:1,from=node:22,target=/n true
