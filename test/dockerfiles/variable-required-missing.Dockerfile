ARG A
FROM alpine:${A:?name a version}
