# syntax=docker/dockerfile:1
# Debian, because Temporal's native library needs glibc (there is none for musl). No build step: Node 24 runs the TypeScript.

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The pinned Node among the optional dependencies is for machines with an older one; here it would be a second copy. The other optional
# ones are needed: they hold the native parts of the bundler.
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force && rm -rf node_modules/node-linux-*
# Only the native library of this machine's kind is kept: the package holds those of five.
RUN arch="$(node -p "({ x64: 'x86_64', arm64: 'aarch64' })[process.arch]")" \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "${arch}-unknown-linux-gnu" -exec rm -rf {} +

FROM node:24-bookworm-slim
# Certificates for the sources and destinations; their own CAs are given in relay.yaml.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates tini && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY . .
# A cache for the workflow bundle, and the data folder; nothing else is written.
RUN printf '#!/bin/sh\nexec node --disable-warning=ExperimentalWarning /app/src/cli.ts "$@"\n' > /usr/local/bin/misp-relay \
  && chmod 755 /usr/local/bin/misp-relay \
  && mkdir -p data node_modules/.cache && chown node:node data node_modules/.cache
USER node
ENV NODE_ENV=production
VOLUME /app/data
# Asks Temporal and the feeds. A feed that is blocked does not make the container unhealthy: starting it again would not help.
HEALTHCHECK --interval=60s --timeout=30s --start-period=60s --retries=3 CMD ["misp-relay", "status", "--json"]
# tini passes signals on and collects ended processes.
ENTRYPOINT ["tini", "--", "misp-relay"]
CMD ["worker"]
