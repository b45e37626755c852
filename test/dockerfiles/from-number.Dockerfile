FROM alpine:3.20 AS a
FROM 0
