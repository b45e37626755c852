FROM scratch
COPY --from=busybox /bin/sh /bin/sh
