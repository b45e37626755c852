FROM golang:1.23
FROM scratch
COPY --from=7 /app /app
