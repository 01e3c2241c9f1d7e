# Stands in for the official Node image where no image can be pulled: Debian's packages, and Node and npm as the npm registry has them.
FROM scratch
ADD debian.tar /
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
# What lets `npm ci` reach the registry from here.
COPY npmrc /usr/local/etc/npmrc
COPY certificates.crt /etc/ssl/certs/ca-certificates.crt
# As in the official image, uid 1000 is a user `node`.
RUN ["/bin/sh", "-c", "cp /usr/share/base-passwd/passwd.master /etc/passwd && cp /usr/share/base-passwd/group.master /etc/group && : >/etc/shadow && : >/etc/gshadow && groupadd --gid 1000 node && useradd --uid 1000 --gid node --no-log-init --create-home node && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm"]
