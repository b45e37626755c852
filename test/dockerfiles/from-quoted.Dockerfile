FROM "alpine:3.20" AS a
FROM 'busybox:1'
COPY --from=a / /
