#!/bin/sh
# Installs the Debian packages that `make test-deploy` needs and that are missing.
set -eu
missing=
while read -r program package; do
  command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ] || missing="$missing $package"
done <<'PROGRAMS'
nginx nginx-light
haproxy haproxy
debootstrap debootstrap
redis-server redis-server
openssl openssl
systemd-analyze systemd
unshare util-linux
strace strace
PROGRAMS
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "test-deploy: install these packages first:$missing" >&2
  exit 1
fi
echo "test-deploy: installing$missing"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
