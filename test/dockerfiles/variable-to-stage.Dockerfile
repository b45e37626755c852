ARG KIND=dev
FROM alpine:3.20 AS base-dev
FROM busybox:1 AS base-prod
FROM base-${KIND}
