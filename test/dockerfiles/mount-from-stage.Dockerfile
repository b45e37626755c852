FROM golang:1.23 AS tools
FROM alpine:3.20
RUN --mount=from=tools,target=/tools true
