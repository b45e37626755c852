from alpine:3.20 as Build
run true
From scratch
copy --from=BUILD /a /b
