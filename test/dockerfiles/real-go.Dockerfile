# syntax=docker/dockerfile:1.19
ARG GO_VERSION=1.23
ARG ALPINE_VERSION=3.20
FROM --platform=$BUILDPLATFORM tonistiigi/xx:1.5.0 AS xx
FROM --platform=$BUILDPLATFORM golang:${GO_VERSION}-alpine${ALPINE_VERSION} AS build
WORKDIR /src
COPY --from=xx / /
ARG TARGETPLATFORM
RUN --mount=type=bind,target=. \
    --mount=type=cache,target=/root/.cache \
    --mount=type=bind,from=golangci/golangci-lint:v1.61,source=/usr/bin/golangci-lint,target=/usr/bin/golangci-lint \
    xx-go build -o /out/app .
FROM build AS test
RUN go test ./...
FROM scratch AS binary
COPY --from=build /out/app /
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=binary /app /app
ENTRYPOINT ["/app"]
