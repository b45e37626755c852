FROM golang:1.23
FROM scratch
COPY --from=-1 /app /app
