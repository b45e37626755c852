FROM golang:1.23
FROM alpine:3.20
RUN --mount=from=0,target=/tools true
