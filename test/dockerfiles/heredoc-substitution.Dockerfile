FROM alpine:3.20
RUN <<${A:-B}
FROM busybox:1
