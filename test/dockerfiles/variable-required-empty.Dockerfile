ARG A=
FROM alpine:3${A?must be set} AS a
FROM alpine:${A:?is empty}
