FROM alpine:3.20 AS x
FROM busybox:1 AS x
FROM scratch
COPY --from=x / /
