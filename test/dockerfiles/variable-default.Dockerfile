ARG A
ARG B=
FROM alpine:${A:-3.20} AS a
FROM busybox:${B:-1} AS b
FROM debian${B-:11} AS c
FROM node:${C-22}
COPY --from=a / /
COPY --from=b / /
COPY --from=c / /
