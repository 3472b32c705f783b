#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Shared by ./run and ./test: installs the packages that are missing, configures, builds.
#
#   . tools/setup.sh        defines the functions
#   setup TARGET...         makes build/ ready; quiet unless something fails
#   jobs                    prints how many compilations fit this machine
#
# Everything it says goes to stderr: stdout belongs to the program. It uses the network only to
# install packages. CC and CXX choose the compiler (default: gcc and g++).

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build
log=$build/setup.log

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 2
}

# quietly WHAT COMMAND...: runs the command into the log; shows both if it fails.
quietly() {
  local what=$1 status=0
  shift
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" -ne 0 ]; then
    cat "$log" >&2
    printf '%s: %s failed (exit status %s): %s\n' "${0##*/}" "$what" "$status" "$*" >&2
    exit 2
  fi
}

jobs() {
  local by_memory processors limit
  processors=$(nproc)
  # A compilation needs up to 1.5 GiB.
  by_memory=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo 2>/dev/null || echo 1)
  if [ -r /sys/fs/cgroup/memory.max ]; then
    read -r limit </sys/fs/cgroup/memory.max
    if [ "$limit" != max ] && [ $((limit / 1610612736)) -lt "${by_memory:-1}" ]; then
      by_memory=$((limit / 1610612736))
    fi
  fi
  if [ "${by_memory:-1}" -lt "$processors" ]; then processors=${by_memory:-1}; fi
  if [ "$processors" -lt 1 ]; then processors=1; fi
  echo "$processors"
}

# Prints the packages of packages.txt that are not installed.
missing_packages() {
  local wanted installed
  mapfile -t wanted < <(sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$root/packages.txt")
  # dpkg-query fails when it knows none of a name: that is an answer here.
  # shellcheck disable=SC2016  # the format is dpkg-query's
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
    sed -n 's/^installed //p') || true
  printf '%s\n' "${wanted[@]}" | grep -Fxv -f <(printf '%s\n' "$installed") || true
}

install_packages() {
  local missing as_root=()
  mapfile -t missing < <(missing_packages)
  if [ "${#missing[@]}" -eq 0 ]; then return; fi
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "these packages are missing and there is neither root nor sudo: ${missing[*]}"
    as_root=(sudo)
  fi
  echo "Installing ${#missing[@]} packages: ${missing[*]}" >&2
  quietly 'apt-get update' "${as_root[@]}" \
    env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 update
  quietly 'apt-get install' "${as_root[@]}" \
    env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
    install --no-install-recommends "${missing[@]}"
}

# Configures where nothing usable is there yet; later changes of CMake files are ninja's business.
configure() {
  local made_for="$root ${CC:=gcc} ${CXX:=g++}" stamp=$build/.configured fresh=()
  export CC CXX
  if [ -f "$build/build.ninja" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$made_for" ]; then
    return
  fi
  if [ -f "$build/CMakeCache.txt" ]; then fresh=(--fresh); fi
  (cd "$root" && quietly 'configuring' cmake --preset default "${fresh[@]}") || exit
  echo "$made_for" >"$stamp"
}

setup() {
  mkdir -p "$build" 2>/dev/null || fail "cannot create $build"
  [ -w "$build" ] || fail "cannot write to $build"
  # Two starts at once in one tree take turns.
  exec 9>"$build/.lock"
  flock 9
  install_packages
  configure
  if [ ! -x "$build/ptlcheck" ]; then echo 'Building; the first time takes minutes.' >&2; fi
  quietly 'building' ninja -C "$build" --quiet -j "$(jobs)" "$@"
  exec 9>&-
}
