FROM alpine:3.20
LABEL from="busybox:1" a=b
MAINTAINER FROM busybox:1
ENV FROM=busybox:1
ARG FROM=busybox:1
USER 1000
WORKDIR /from
VOLUME ["/data"]
EXPOSE 80
STOPSIGNAL SIGTERM
SHELL ["/bin/sh", "-c"]
HEALTHCHECK --interval=5s CMD true --from=busybox:1
ENTRYPOINT ["/app"]
CMD echo --from=busybox:1
