FROM alpine:3.20
RUN <<"EOF" sh
FROM hidden
EOF
RUN <<'E O F'
FROM hidden
E O F
COPY --from=busybox:1 /a /a
