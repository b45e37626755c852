FROM golang:1.23
FROM node:22
FROM scratch
COPY --from=0 /app /app
COPY --from=+1 /dist /dist
