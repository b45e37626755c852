FROM alpine:3.20
RUN cat << EOF
FROM hidden
EOF
FROM busybox:1
