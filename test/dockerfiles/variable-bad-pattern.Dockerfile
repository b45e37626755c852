ARG A=abc
FROM alpine:${A#\a}
