ARG PREFIX
FROM ${PREFIX}busybox:1 AS other
FROM alpine:3.20
