FROM localhost/base:1 AS a
FROM registry.example:5000/team/base:2
COPY --from=a / /
