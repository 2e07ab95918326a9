#!/usr/bin/env bash
# Copies an image, bit for bit, from where it was built to a stage's own registry, and says where it is there, by the same digest.
# Wants SOURCE (with its digest), REPOSITORY, TOKEN for the source, and credentials of AWS.
set -euo pipefail
readonly digest=${SOURCE#*@}
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "$SOURCE is no image by its digest." >&2; exit 1; }
export REGISTRY_AUTH_FILE="$RUNNER_TEMP/registries.json"

aws ecr get-login-password | skopeo login --username AWS --password-stdin "${REPOSITORY%%/*}"
# Tags of this registry do not change, and so nothing is pushed twice.
if skopeo inspect --raw "docker://$REPOSITORY@$digest" >/dev/null 2>&1; then
  echo "It is there already."
else
  skopeo login --username "$GITHUB_ACTOR" --password-stdin "${SOURCE%%/*}" <<<"$TOKEN"
  skopeo copy --preserve-digests "docker://$SOURCE" "docker://$REPOSITORY:${digest/:/-}"
fi
echo "image=$REPOSITORY@$digest" | tee -a "$GITHUB_OUTPUT"
