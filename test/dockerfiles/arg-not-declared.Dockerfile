FROM alpine:${VERSION}
