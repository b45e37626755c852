# escape=`
FROM alpine:3.20
RUN type C:\ <<EOF
FROM hidden
EOF
RUN type \<<EOF
FROM busybox:1
