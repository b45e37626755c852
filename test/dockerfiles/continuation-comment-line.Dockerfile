# a comment \
FROM alpine:3.20
