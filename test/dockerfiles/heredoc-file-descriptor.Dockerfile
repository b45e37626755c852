FROM alpine:3.20
RUN 3<<EOF cat
FROM hidden
EOF
FROM busybox:1
