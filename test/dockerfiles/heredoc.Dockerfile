FROM alpine:3.20
RUN <<EOF
FROM hidden
COPY --from=hidden / /
EOF
COPY --from=busybox:1 /a /a
