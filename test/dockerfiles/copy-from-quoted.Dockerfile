FROM alpine:3.20
COPY --from="nginx:1.27" /a /a
COPY "--from=busybox:1" /b /b
COPY --fr'om=httpd:2' /c /c
