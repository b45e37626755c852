FROM alpine:3.20
RUN --network=none --security=sandbox --mount=from=busybox:1,target=/a true
