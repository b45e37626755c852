FROM alpine:${:-3}
