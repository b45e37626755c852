FROM alpine:3.20
CMD cat <<EOF
ENV A=<<EOF
FROM busybox:1
