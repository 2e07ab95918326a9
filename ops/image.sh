#!/usr/bin/env bash
# Builds the image of wordpress/ for the processors that the tasks run on, and pushes it: image.sh REPOSITORY.
# The last line says what was pushed, as --context image= takes it.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "$1" >&2; exit 1; }

repository=${1:-}
[ -n "$repository" ] ||
  fail "Name the repository that takes the image, as in make image REPOSITORY=registry.example/bbws-wordpress."
command -v docker >/dev/null ||
  fail "Docker is missing: install it, or deploy an image that was built elsewhere with --context image=REPOSITORY@sha256:..."
docker buildx version >/dev/null 2>&1 || fail "Docker's plugin buildx is missing: install it."
docker info >/dev/null 2>&1 || fail "Docker does not answer: start its service, and check that you may use it."

metadata=$(mktemp)
trap 'rm -f "$metadata"' EXIT
revision=$(git describe --always --dirty --abbrev=40 --exclude='*')
# A tag of its own for every build, because some repositories let none change. No attestations: with some builders the digest
# would then be that of an index rather than of the image.
docker buildx build --platform linux/arm64 --pull --push --provenance=false --metadata-file "$metadata" \
  --label "org.opencontainers.image.revision=$revision" --tag "$repository:${revision:0:12}-$(date -u +%Y%m%d%H%M%S)" \
  wordpress >&2
digest=$(sed -n 's/.*"containerimage\.digest": *"\(sha256:[0-9a-f]\{64\}\)".*/\1/p' "$metadata")
[ -n "$digest" ] || fail "The image was pushed, but buildx did not say under which digest: install buildx 0.8 or newer."
echo "$repository@$digest"
