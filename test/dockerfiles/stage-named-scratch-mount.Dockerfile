FROM busybox:1 AS scratch
FROM alpine:3.20
RUN --mount=type=tmpfs,target=/tmp true
