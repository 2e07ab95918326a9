#!/usr/bin/env bash
# Builds the image of wordpress/ and runs it, where packages can be had but no base images: bash ops/image-rehearsal.sh.
# Debian's base image is stood in for by debootstrap, node's by that and npm's package of the same version. It needs root on
# Debian 12 with node and npm, installs its tools in the system, and leaves the image to podman.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "$1" >&2; exit 1; }
step() { echo "== $1" >&2; }

[ "$(id -u)" = 0 ] || fail "Run this as root: debootstrap, which makes a whole system, needs it."
image=localhost/bbws-wordpress:rehearsal
folder=$(mktemp -d)
trap 'rm -rf "$folder"; podman rm --force --ignore bbws-rehearsal >/dev/null 2>&1 || true' EXIT

step "tools"
apt-get update -qq
apt-get install -qq --yes --no-install-recommends buildah debootstrap podman runc >"$folder/log"

step "stand-ins for the base images"
debootstrap --variant=minbase bookworm "$folder/debian" >"$folder/log" || fail "debootstrap failed: $(tail -1 "$folder/log")"
# With the security updates that the machine itself has, as the real one.
if [ -e /etc/apt/sources.list.d/debian.sources ]; then
  rm -f "$folder/debian/etc/apt/sources.list"
  cp /etc/apt/sources.list.d/debian.sources "$folder/debian/etc/apt/sources.list.d/"
fi
tar -C "$folder/debian" -c . | podman import --quiet - localhost/stand-in/debian >/dev/null
node=$(sed -n 's/^FROM .*node:\([0-9.]*\)-.*/\1/p' wordpress/Dockerfile)
(cd "$folder" && npm pack --silent "node-linux-$(node -p process.arch)@$node" >/dev/null)
tar -xzf "$folder"/node-linux-*.tgz -C "$folder/debian/usr/local" --strip-components=1 package/bin
cp -r "$(npm root --global)/npm" "$folder/debian/usr/local/lib/"
ln -s ../lib/npm/bin/npm-cli.js "$folder/debian/usr/local/bin/npm"
# This npm trusts whom the machine trusts, which may stand behind a proxy.
mkdir -p "$folder/debian/etc/ssl/certs"
cp /etc/ssl/certs/ca-certificates.crt "$folder/debian/etc/ssl/certs/"
echo "cafile=/etc/ssl/certs/ca-certificates.crt" >"$folder/debian/usr/local/lib/npm/npmrc"
tar -C "$folder/debian" -c . | podman import --quiet - localhost/stand-in/node >/dev/null

step "build"
sed -E 's#node:[0-9][^ ]+#localhost/stand-in/node#; s#^FROM debian:[^ ]+#FROM localhost/stand-in/debian#' \
  wordpress/Dockerfile >"$folder/Dockerfile"
buildah bud --runtime runc --pull-never --network host --format docker --ignorefile wordpress/.dockerignore --tag "$image" \
  --file "$folder/Dockerfile" wordpress >"$folder/log" 2>&1 || fail "$(tail -20 "$folder/log")"

# Podman's own limits are more than some machines may give.
run() {
  podman --cgroup-manager=cgroupfs run --runtime runc --network host --no-healthcheck \
    --ulimit nofile=4096:4096 --ulimit nproc=4096:4096 --read-only --read-only-tmpfs=false "$@"
}

step "serve, with nothing to write to but /run/bbws"
run --detach --name bbws-rehearsal "$image" >/dev/null
curl --silent --fail --retry 30 --retry-delay 1 --retry-all-errors http://127.0.0.1:8080/health >/dev/null ||
  fail "It does not answer: $(podman logs bbws-rehearsal 2>&1)"
podman stop --time 120 bbws-rehearsal >/dev/null 2>&1
[ "$(podman inspect --format '{{.State.ExitCode}}' bbws-rehearsal)" = 0 ] ||
  fail "It did not end well: $(podman logs bbws-rehearsal 2>&1)"

step "maintenance, which says that nobody told it its key"
said=$(run --rm "$image" remove --site-id site-rehearsal 2>&1 || true)
grep -q "KeyError: 'AGENT_KEY_ID'" <<<"$said" || fail "$said"
echo "$image was built, answered, and ended."
