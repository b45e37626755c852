ARG P=linux/riscv64
FROM --platform=$P alpine:3.20
