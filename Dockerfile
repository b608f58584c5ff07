# The forwarder as a container (docs/forwarder.md#in-a-container): docker build --platform linux/arm64 -t torghut-forwarder .
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN node build.mjs

FROM node:24-slim
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
COPY LICENSE NOTICE ./
COPY bin/torghut.mjs bin/
COPY --from=build /app/dist dist
USER 1000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "bin/torghut.mjs", "forward", "--health-port", "8080"]
