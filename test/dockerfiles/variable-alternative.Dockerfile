ARG A=1
ARG B=
FROM alpine:3${A:+.20}${B:+.x}${B+-y}${C+-z}
