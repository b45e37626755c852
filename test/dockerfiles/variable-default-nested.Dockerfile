ARG A
ARG B=3.20
FROM alpine:${A:-${B:-${C}}}
