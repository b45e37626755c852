FROM alpine:3.20
COPY --from=busybox:1 \
# FROM hidden

   # COPY --from=hidden
  /a \

  /b
