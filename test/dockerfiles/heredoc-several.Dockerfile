FROM alpine:3.20
COPY <<one <<two /dir/
FROM hidden
one
FROM hidden
one
two
FROM busybox:1
