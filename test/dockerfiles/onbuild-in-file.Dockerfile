FROM alpine:3.20 AS base
ONBUILD COPY --from=busybox:1 /a /a
ONBUILD RUN --mount=from=tools,target=/t true
FROM node:22 AS tools
FROM base
