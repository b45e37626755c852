FROM node:22-bookworm-slim AS deps
WORKDIR /app
RUN --mount=type=cache,target=/root/.npm <<EOF
set -e
# FROM is not special here
npm ci
EOF
FROM deps AS build
RUN npm run build
FROM nginx:1.27-alpine
COPY --from=build /app/dist /usr/share/nginx/html
COPY <<EOF /etc/nginx/conf.d/default.conf
server { listen 80; }
EOF
HEALTHCHECK CMD wget -q localhost || exit 1
