FROM alpine:3.20
RUN echo --mount=from=busybox:1,target=/a
