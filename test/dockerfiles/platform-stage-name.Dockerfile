FROM registry.example/base-${TARGETSTAGE}:1 AS app
