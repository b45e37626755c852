FROM alpine:3.20
RUN --mount=type=bind,from=golang:1.23,source=/usr/local/go,target=/go go version
