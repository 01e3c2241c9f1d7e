# The image that Airbyte runs, on the current LTS of Node; --build-arg NODE_IMAGE takes another Debian-based image.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-progress
COPY tsconfig.json tsconfig.build.json spec.json LICENSE ./
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-progress

FROM ${NODE_IMAGE}
ARG VERSION=dev
LABEL io.airbyte.name="destination-gainsight" io.airbyte.version="${VERSION}"

# The official Node images give uid 1000 to a user `node`; Airbyte's pods expect uid 1000 to be `airbyte`.
RUN if id -u node >/dev/null 2>&1; then userdel --remove node; fi \
  && groupadd --gid 1000 airbyte \
  && useradd --uid 1000 --gid 1000 --create-home --home-dir /airbyte --shell /bin/sh airbyte \
  && mkdir /airbyte/integration_code && chown -R airbyte:airbyte /airbyte

WORKDIR /airbyte/integration_code
COPY --from=build /build/package.json /build/spec.json /build/LICENSE ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist

ENV NODE_ENV=production
# With `exec`, or the signals that Airbyte sends stop at the shell.
ENV AIRBYTE_ENTRYPOINT="exec node /airbyte/integration_code/dist/main.js"
USER airbyte
ENTRYPOINT ["node", "/airbyte/integration_code/dist/main.js"]
