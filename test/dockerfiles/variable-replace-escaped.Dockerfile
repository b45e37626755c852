ARG A=team/app
FROM registry.example/${A/\//-}:1 AS a
FROM registry.example/${A//?/x}:1
COPY --from=a / /
