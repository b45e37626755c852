FROM alpine:3$
