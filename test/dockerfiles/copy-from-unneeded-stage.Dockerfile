FROM alpine:3.20 AS extra
COPY --from=nginx:1.27 /a /a
FROM busybox:1
