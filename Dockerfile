# The image that Airbyte runs, on a minor version of an LTS line of Node. `npm run pin-base` adds the digest of that
# image; it is not there yet, as nobody has run it where an image registry is reached. --build-arg NODE_IMAGE takes
# another Debian-based image, of Node 24.6 or later.
ARG NODE_IMAGE=node:24.21-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-progress
COPY tsconfig.json tsconfig.build.json spec.json ./
COPY kernel kernel
COPY scripts/bundle.js scripts/outputs.js scripts/
COPY src src
# Packages become part of `dist`.
RUN npm run build

FROM ${NODE_IMAGE}
ARG VERSION=dev
LABEL io.airbyte.name="destination-gainsight" io.airbyte.version="${VERSION}"

# The official Node images give uid 1000 to a user `node`; Airbyte's pods expect uid 1000 to be `airbyte`.
RUN if id node >/dev/null 2>&1; then userdel --remove node 2>/dev/null; fi \
  && if getent group node >/dev/null; then groupdel node; fi \
  && groupadd --gid 1000 airbyte \
  && useradd --uid 1000 --gid airbyte --no-log-init --create-home --home-dir /airbyte --shell /bin/sh airbyte

WORKDIR /airbyte/integration_code
COPY package.json spec.json LICENSE ./
COPY --from=build /build/dist dist

ENV NODE_ENV=production
# Half of the container's memory is for the heap, half for files' buffers and the program itself. Left alone, Node's heap
# would outgrow a container of 256 MB before it is ever collected hard, and the kernel would kill it.
ENV NODE_OPTIONS=--max-old-space-size-percentage=50
# With `exec`, or the signals that Airbyte sends stop at the shell.
ENV AIRBYTE_ENTRYPOINT="exec node /airbyte/integration_code/dist/main.js"
USER airbyte
ENTRYPOINT ["node", "/airbyte/integration_code/dist/main.js"]
