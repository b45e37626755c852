# syntax=docker/Dockerfile:1
FROM alpine:3.20
