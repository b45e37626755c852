#syntax=registry.example/frontend:2 --mode=fast
FROM alpine:3.20
