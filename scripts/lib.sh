# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT
# shellcheck shell=bash

# What scripts/demo and scripts/test share: a machine with the packages that they need.

die() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"
  elif command -v sudo > /dev/null; then sudo "$@"
  else die "these have to be installed: $wanted. Run this as root, or install sudo, or install them yourself."
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@" < /dev/null
}

installed() { [[ $(dpkg-query -W -f '${Status}' "$1" 2> /dev/null) == "install ok installed" ]]; }

# install package... : those that are missing, through apt.
install() {
  local package missing=()
  for package in "$@"; do installed "$package" || missing+=("$package"); done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  wanted="${missing[*]}"
  command -v apt-get > /dev/null || die "these have to be installed, and there is no apt here: $wanted"
  echo "Installing: $wanted"
  refresh_lists
  apt install -y --no-install-recommends "${missing[@]}" > /dev/null || die "apt could not install: $wanted"
}

refresh_lists() {  # once
  [[ -n ${lists_are_fresh:-} ]] || apt update || echo "apt-get update failed; going on with the lists there are" >&2
  lists_are_fresh=yes
}

# The compiler and what it needs for the library. A tool that did not come through apt is as good.
install_build_tools() {
  local packages=(libeigen3-dev libboost-dev)
  command -v g++ > /dev/null || packages+=(g++)
  command -v cmake > /dev/null || packages+=(cmake)
  command -v ninja > /dev/null || packages+=(ninja-build)
  install "${packages[@]}"
  local version
  version=$(cmake --version | head -n 1 | grep -o '[0-9][0-9.]*')
  [[ $(printf '3.25\n%s\n' "$version" | sort -V | head -n 1) == 3.25 ]] ||
    die "CMake $version is too old, 3.25 is needed: use Debian 12 or Ubuntu 24.04 (or newer), or put a newer cmake on the PATH"
}

# A second compiler, clang 15 or newer, for the tests. Without one they go on with g++ alone.
install_clang() {
  local versions=(16 17 18 19 20 21 15) version
  for version in "${versions[@]}"; do command -v "clang++-$version" > /dev/null && return; done
  wanted=clang
  refresh_lists
  for version in "${versions[@]}"; do
    if apt-cache show "clang-$version" > /dev/null 2>&1; then install "clang-$version"; return; fi
  done
  echo "no clang between 15 and 21 to be had: testing with g++ alone" >&2
}
