ARG A=v3.20.1
FROM alpine:${A#v} AS a
FROM busybox:${A#*.} AS b
FROM debian:${A##*.}
COPY --from=a / /
COPY --from=b / /
