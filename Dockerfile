# syntax=docker/dockerfile:1
# docker build -t frontier-inference-api .                            for CPUs (and WebGPU)
# docker build -t frontier-inference-api:cuda --build-arg PROVIDER=cuda .   for NVIDIA GPUs, on amd64
ARG PROVIDER=cpu
ARG NODE_VERSION=26.10.0
ARG CUDA_VERSION=13.0.1

FROM node:${NODE_VERSION}-trixie-slim AS node
# npm before 11.16 would otherwise run onnxruntime-node's install script, which downloads CUDA's libraries.
ENV ONNXRUNTIME_NODE_INSTALL=skip

# The manifests alone: a change of code leaves the layers of dependencies as they are.
FROM node AS manifests
WORKDIR /app
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json -delete

FROM node AS build
WORKDIR /app
COPY --from=manifests /app .
RUN npm ci
COPY . .
RUN npm run build \
  && find apps libs -name node_modules -prune -exec rm -rf {} + \
  && find apps libs -type f ! -path '*/dist/*' -delete \
  && find apps libs -type f \( -name '*.spec.*' -o -name '*.d.ts' -o -name '*.d.ts.map' -o -name '*.tsbuildinfo' \) -delete \
  && find apps libs -type d -empty -delete

FROM node AS dependencies
WORKDIR /app
COPY --from=manifests /app .
# What the server needs and nothing else: no second Node, no compiler (a peer of swagger's plugin, which runs at build time only),
# and ONNX Runtime for this platform only.
RUN npm ci --omit=dev \
  && rm -rf node_modules/node-linux-* node_modules/typescript node_modules/.bin \
  && find node_modules/onnxruntime-node/bin/napi-v6 -type f ! -path "*/linux/$(node -p process.arch)/*" -delete \
  && find . -type d -empty -delete

FROM node AS runtime-cpu

FROM build AS cuda
RUN node helm/tools/install-cuda.ts /cuda

# CUDA 13 and cuDNN 9 are what ONNX Runtime's CUDA provider is built for.
FROM nvidia/cuda:${CUDA_VERSION}-cudnn-runtime-ubuntu24.04 AS runtime-cuda
RUN apt-get update \
  && apt-get install -y --no-install-recommends libatomic1 \
  && rm -rf /var/lib/apt/lists/*
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=cuda /cuda /app/node_modules/onnxruntime-node/bin/napi-v6/linux/x64

FROM runtime-${PROVIDER} AS runtime
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Frontier Inference" \
  org.opencontainers.image.description="An inference server for ONNX Runtime, on NestJS and Fastify" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"

WORKDIR /app
COPY --from=dependencies /app .
COPY --from=build /app/apps apps
COPY --from=build /app/libs libs
COPY LICENSE .
COPY configs configs
COPY models models

# The folders that the server writes to; all others may be read-only, as with `docker run --read-only`.
RUN install -d -o 1000 -g 1000 /data /cache
VOLUME ["/data", "/cache", "/tmp"]
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data GRAPH_CACHE_DIR=/cache HF_HOME=/data/huggingface

USER 1000:1000
EXPOSE 8080
# Whether the process should be started again; whether it can take requests is /readyz.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# In exec form, so that the server is process 1 and hears SIGTERM.
ENTRYPOINT ["node", "--enable-source-maps", "apps/server/dist/main.js"]
