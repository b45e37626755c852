FROM alpine:3.20 AS first
COPY --from=tools / /
FROM busybox:1 AS tools
FROM first
