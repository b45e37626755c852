ARG T=tools
FROM alpine:3.20
RUN --mount=from=$T,target=/n true
