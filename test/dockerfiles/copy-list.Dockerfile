FROM alpine:3.20
COPY --from=nginx:1.27 ["/etc/a b", "/a b"]
