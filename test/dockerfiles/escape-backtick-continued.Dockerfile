# escape=`
FROM alpine:3.20
COPY a C:\
COPY --from=busybox:1 a `
   b
