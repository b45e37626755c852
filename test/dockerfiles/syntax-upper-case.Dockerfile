# Escape=`
# CHECK=skip=all
# SYNTAX=docker/dockerfile:1.19
FROM alpine:3.20
