FROM alpine:3.20
COPY --from=tools / /
FROM busybox:1 AS tools
FROM busybox:1 AS other
