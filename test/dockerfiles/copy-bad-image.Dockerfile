FROM alpine:3.20
COPY --from=Nginx /a /a
