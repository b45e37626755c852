FROM registry.example/base-${TARGETARCH}${TARGETVARIANT}:1
