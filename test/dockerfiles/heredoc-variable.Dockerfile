FROM alpine:3.20
RUN <<$EOF
FROM hidden
$EOF
RUN <<${EOF}
FROM hidden
${EOF}
FROM busybox:1
