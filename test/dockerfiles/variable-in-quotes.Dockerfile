ARG A=3.20
FROM "alpine:$A" AS a
FROM busybox:'1'"-${A%.*}"
COPY --from=a / /
