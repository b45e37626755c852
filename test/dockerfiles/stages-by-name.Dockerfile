FROM golang:1.23 AS build
FROM node:22 AS web
FROM alpine:3.20 AS unused
FROM scratch
COPY --from=build /app /app
COPY --from=web /dist /dist
