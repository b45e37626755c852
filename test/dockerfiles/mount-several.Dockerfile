FROM alpine:3.20
RUN --mount=type=cache,target=/c,from=busybox:1 --mount=type=tmpfs,target=/t --mount=type=secret,id=s --mount=type=ssh --mount=from=node:22,dst=/n,ro true
