ARG IMAGE=nginx:1.27
FROM alpine:3.20
COPY --from=${IMAGE} /a /a
