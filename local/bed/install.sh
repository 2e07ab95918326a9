#!/usr/bin/env bash
# Puts all that the WordPress bed runs into one folder, .wordpress, and nothing into the system:
# MariaDB, PHP and nginx (the system's own where it has them all, else unpacked Debian packages), WordPress and wp-cli.
set -euo pipefail
cd "$(dirname "$0")/../.."
bed=$PWD/.wordpress
prefix=$bed/prefix
libraries=$(uname -m)-linux-gnu
# shellcheck source-path=SCRIPTDIR source=../../wordpress/versions.env
source wordpress/versions.env
PATH=$PATH:/usr/sbin:/sbin

fail() { echo "$1" >&2; exit 1; }

# Succeeds when the system has everything itself; sets php to the name of its interpreter.
system_has_all() {
  local extension program
  for program in nginx mariadbd mariadb-install-db mariadb mariadb-dump mariadb-check; do
    command -v "$program" >/dev/null || return 1
  done
  for php in php8.4 php8.3 php8.2; do
    command -v "$php" >/dev/null && command -v "${php/php/php-fpm}" >/dev/null && break
  done
  command -v "$php" >/dev/null && command -v "${php/php/php-fpm}" >/dev/null || return 1
  for extension in curl gd mbstring mysqli "Zend OPcache" dom zip; do
    "$php" -m | grep -qx "$extension" || return 1
  done
}

# Options that keep apt from writing anything of the system's, a lock included; read_lists adds some.
mine=(-o Debug::NoLocking=1 -o "APT::Sandbox::User=$(id -un)" -o "Dir::Cache=$bed/apt" -o "Dir::Cache::archives=$bed/apt/debs")

read_lists() {
  mkdir -p "$bed/apt/lists/partial"
  mine+=(-o "Dir::State::lists=$bed/apt/lists")
  # One source of the system's that cannot be reached is no fault while the others have what is wanted.
  apt-get -qq "${mine[@]}" update >"$bed/apt/log" 2>&1 || true
}

# Downloads all packages, with the libraries that the system lacks, and sets php; fails when the lists do not have them.
download() {
  local packages extension
  mkdir -p "$bed/apt/debs/partial"
  php=$(apt-cache "${mine[@]}" depends php-fpm 2>/dev/null | sed -n 's/.*Depends: \(php[0-9.]*\)-fpm$/\1/p')
  [ -n "$php" ] || return 1
  packages=(nginx nginx-common mariadb-server-core mariadb-client mariadb-client-core mariadb-common libmariadb3
            "$php-common" "$php-cli" "$php-fpm")
  for extension in $PHP_EXTENSIONS; do packages+=("$php-$extension"); done
  apt-get -qq "${mine[@]}" install --download-only --reinstall --yes --no-install-recommends "${packages[@]}" >"$bed/apt/log" 2>&1
}

unpack() {
  local deb
  command -v apt-get dpkg-deb >/dev/null || fail "The WordPress bed needs Debian or Ubuntu, or nginx, MariaDB and PHP 8.2 to 8.4 with php-fpm installed."
  # The system's own lists may be missing or out of date: then new ones are read, beside them.
  download || { read_lists && download; } ||
    fail "The Debian packages of the WordPress bed could not be downloaded, see .wordpress/apt/log: check that the Debian mirror can be reached."
  for deb in "$bed"/apt/debs/*.deb; do dpkg-deb -x "$deb" "$prefix"; done
  rm -rf "$bed/apt"
}

# Programs under names that carry no version. Those of the prefix are told where their libraries are, and nobody else is.
offer() { # NAME PROGRAM
  local program
  if [ -d "$prefix" ]; then
    program=usr/bin/$2
    [ -e "$prefix/$program" ] || program=usr/sbin/$2
    cat >"$bed/bin/$1" <<WRAPPER
#!/bin/sh
export LD_LIBRARY_PATH='$prefix/usr/lib/$libraries:$prefix/lib/$libraries'
exec '$prefix/$program' "\$@"
WRAPPER
    chmod +x "$bed/bin/$1"
  else
    ln -sf "$(command -v "$2")" "$bed/bin/$1"
  fi
}

# A database that was never used, of which every bed takes a copy: making one takes seconds.
blank_database() {
  "$bed/bin/mariadb-install-db" --no-defaults --user="$(id -un)" --basedir="$1/usr" --lc-messages-dir="$1/usr/share/mysql" \
    --datadir="$bed/database" --auth-root-authentication-method=normal --skip-test-db --innodb-log-file-size=16M \
    >"$bed/database.log" 2>&1 || fail "MariaDB could not make a database, see .wordpress/database.log."
}

rm -rf "$bed"
mkdir -p "$bed/bin"
bash wordpress/fetch.sh "$bed" &
fetching=$!
trap 'kill "$fetching" 2>/dev/null || true' EXIT
root=
if ! system_has_all; then
  unpack
  root=$prefix
fi
offer php "$php"
offer php-fpm "${php/php/php-fpm}"
for program in nginx mariadbd mariadb mariadb-dump mariadb-check mariadb-install-db; do offer "$program" "$program"; done
ln -s "$root/etc/nginx" "$bed/nginx"
ln -s "$root/usr" "$bed/usr"
ln -s "$root$("$bed/bin/php" -n -r 'echo ini_get("extension_dir");')" "$bed/extensions"
blank_database "$root"
wait "$fetching" || fail "WordPress could not be fetched: check that the npm registry can be reached."
