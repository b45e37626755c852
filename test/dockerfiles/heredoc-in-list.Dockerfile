FROM alpine:3.20
RUN ["cat", "<<EOF"]
COPY ["<<EOF", "/a"]
FROM busybox:1
