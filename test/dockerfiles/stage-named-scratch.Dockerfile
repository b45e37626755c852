FROM busybox:1 AS scratch
FROM scratch
