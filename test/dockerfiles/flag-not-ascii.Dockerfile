FROM alpine:3.20
COPY --chown=à--from=busybox:1 a b
