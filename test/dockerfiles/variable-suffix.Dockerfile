ARG A=3.20.1-r0
FROM alpine:${A%-r?} AS a
FROM busybox:${A%.*} AS b
FROM debian:${A%%.*}
COPY --from=a / /
COPY --from=b / /
