FROM alpine:3.20
ONBUILD RUN <<EOF
FROM hidden
EOF
FROM busybox:1
