FROM alpine:3.20
RUN <<-EOF
	FROM hidden
		EOF
RUN <<EOF
	EOF
FROM hidden
EOF
COPY --from=busybox:1 /a /a
