FROM docker.io/library/alpine:3.20 AS a
FROM index.docker.io/library/busybox:1 AS b
FROM docker.io/debian:12
COPY --from=a / /
COPY --from=b / /
