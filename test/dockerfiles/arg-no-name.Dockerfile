ARG =3.20
FROM alpine
