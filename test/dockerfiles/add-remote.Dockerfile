FROM alpine:3.20
ADD --checksum=sha256:c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3 https://example.invalid/a.tar.gz /a/
