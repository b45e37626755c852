FROM golang:1.23
FROM alpine:3.20
