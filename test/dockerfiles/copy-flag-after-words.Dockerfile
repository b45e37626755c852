FROM alpine:3.20
COPY a --from=nginx:1.27 /b/
