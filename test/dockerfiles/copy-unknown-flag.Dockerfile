FROM alpine:3.20
COPY --form=nginx:1.27 /a /a
