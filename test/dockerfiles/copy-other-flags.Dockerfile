FROM alpine:3.20
COPY --link --chown=1000:1000 --from=nginx:1.27 --chmod=0644 --parents --exclude=*.md --exclude=*.txt /a /a
