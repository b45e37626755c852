FROM alpine:3.20 AS a
COPY --from=b / /
FROM busybox:1 AS b
COPY --from=a / /
