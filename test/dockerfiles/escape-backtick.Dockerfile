# escape=`
ARG A=1
FROM alpine:`
3.20
RUN dir C:\
FROM busybox:1`$A
