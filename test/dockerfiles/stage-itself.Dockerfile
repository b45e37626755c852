FROM alpine:3.20 AS alpine
COPY --from=alpine / /
