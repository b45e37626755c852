ARG TARGETARCH
FROM registry.example/base-${TARGETARCH}:1
