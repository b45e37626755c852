FROM registry.example/base-${TARGETSTAGE}:1
