FROM alpine AS Build
FROM Build
