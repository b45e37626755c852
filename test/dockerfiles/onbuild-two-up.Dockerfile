FROM alpine:3.20 AS base
ONBUILD COPY --from=busybox:1 /a /a
FROM base AS middle
FROM middle AS top
