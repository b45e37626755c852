FROM alpine:3.20
ADD --from=nginx:1.27 /a /a
