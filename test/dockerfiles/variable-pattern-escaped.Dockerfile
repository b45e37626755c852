ARG A=a*b*c
FROM alpine:${A%%\**}
