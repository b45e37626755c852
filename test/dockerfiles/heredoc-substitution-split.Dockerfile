FROM alpine:3.20
RUN echo ${A:-x <<EOF}
FROM hidden
EOF}
FROM busybox:1
