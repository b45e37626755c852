FROM --platform=amiga alpine:3.20
