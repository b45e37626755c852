ARG VARIANT=slim
ARG PYTHON=3.13
FROM python:${PYTHON}${VARIANT:+-${VARIANT}} AS base
FROM base AS dev
COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/uv
FROM base AS prod
RUN --mount=from=ghcr.io/astral-sh/uv:0.5,source=/uv,target=/bin/uv uv sync
