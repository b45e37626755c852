FROM alpine:3.20
RUN echo "<<EOF" '<<EOF'
FROM busybox:1
