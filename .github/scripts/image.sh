#!/usr/bin/env bash
# Sees to it that the WordPress image of this commit is in GitHub's registry, and says which it is, by its digest.
# The files of wordpress/ and the week name it: what does not touch them restarts no task, and Debian's security updates get in
# with the first delivery of a week. Wants TOKEN.
set -euo pipefail
readonly repository="ghcr.io/${GITHUB_REPOSITORY,,}/wordpress"
name="$(git rev-parse HEAD:wordpress)-$(date -u +%G-W%V)"

digest_of() { docker buildx imagetools inspect "$1" --format '{{json .Manifest}}' | jq --raw-output .digest; }

docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin <<<"$TOKEN"
if digest=$(digest_of "$repository:$name" 2>/dev/null) && [ -n "$digest" ]; then
  echo "It was built before."
else
  image=$(make -s image REPOSITORY="$repository" | tail -n 1)
  digest=${image#*@}
  # Of one image and without an index around it: the digest stays.
  docker buildx imagetools create --prefer-index=false --tag "$repository:$name" "$image"
  [ "$(digest_of "$repository:$name")" = "$digest" ] || { echo "$name is another image than $image." >&2; exit 1; }
fi
echo "image=$repository@$digest" | tee -a "$GITHUB_OUTPUT"
