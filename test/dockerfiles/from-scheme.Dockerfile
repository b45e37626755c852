FROM docker://alpine:3.20
