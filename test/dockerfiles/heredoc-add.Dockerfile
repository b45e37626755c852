FROM alpine:3.20
ADD <<EOF /a
FROM hidden
EOF
FROM busybox:1
