FROM alpine:3.20 AS base-amd64
FROM base-${TARGETARCH}
