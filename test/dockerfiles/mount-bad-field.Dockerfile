FROM alpine:3.20
RUN --mount='from=busy"box:1,target=/a' true
