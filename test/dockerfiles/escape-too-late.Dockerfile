FROM alpine:3.20
# escape=`
RUN echo `
FROM busybox:1
