FROM alpine:3.20 AS a
FROM a AS b
FROM b AS c
FROM busybox:1 AS d
FROM c
