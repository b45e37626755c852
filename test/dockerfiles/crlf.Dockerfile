# syntax=docker/dockerfile:1
ARG V=3.20
FROM alpine:$V AS a
RUN one \
  two
RUN <<EOF
FROM hidden
EOF
FROM busybox:1
COPY --from=a / /
