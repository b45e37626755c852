FROM alpine:3.20 AS base
ONBUILD COPY --from=tools /t /t
FROM node:22 AS tools
COPY --from=busybox:1 /b /b
FROM base
