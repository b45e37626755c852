FROM --platform=$BUILDPLATFORM golang:1.23 AS build
RUN GOARCH=$TARGETARCH go build
FROM alpine:3.20
COPY --from=build /app /app
