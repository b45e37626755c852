FROM --platform=linux/x86_64 alpine:3.20 AS a
FROM --platform=linux/aarch64 alpine:3.20 AS b
FROM --platform=linux/arm64/v8 busybox:1 AS c
FROM --platform=linux/armhf busybox:1 AS d
FROM --platform=linux/arm busybox:1 AS e
FROM --platform=linux/i386 busybox:1 AS f
FROM scratch
COPY --from=a / /
COPY --from=b / /
COPY --from=c / /
COPY --from=d / /
COPY --from=e / /
COPY --from=f / /
