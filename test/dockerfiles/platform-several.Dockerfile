FROM --platform=$BUILDPLATFORM golang:1.23 AS build
FROM alpine:3.20
COPY --from=build /app /app
COPY --from=busybox:1 /b /b
