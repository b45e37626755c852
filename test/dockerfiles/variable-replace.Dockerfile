ARG A=1_2_3
FROM alpine:${A/_/.} AS a
FROM busybox:${A//_/.} AS b
FROM debian:${A//_*_/-}
COPY --from=a / /
COPY --from=b / /
