FROM alpine:3.20
RUN --mount=from=node:22,target=/n \
  <<EOF
FROM hidden \
EOF
FROM busybox:1 AS last
