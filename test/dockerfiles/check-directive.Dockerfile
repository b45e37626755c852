# check=skip=JSONArgsRecommended;error=false
FROM alpine:3.20
