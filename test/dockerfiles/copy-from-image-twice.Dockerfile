FROM alpine:3.20
COPY --from=nginx:1.27 /a /a
COPY --from=nginx:1.27 /b /b
