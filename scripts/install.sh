#!/usr/bin/env bash
# Sets up, builds balassa, and installs it with its manual and completions.
#   scripts/install.sh            into ~/.local
#   scripts/install.sh PREFIX     into PREFIX, such as /opt/balassa
set -euo pipefail
case "${1:-}" in -*) sed -n '2,4p' "$0" >&2; exit 64 ;; esac
prefix=$(realpath -m -- "${1:-$HOME/.local}")
cd "$(dirname "$0")/.."

build=${BALASSA_BUILD:-}  # one that is there: nothing is set up or built
if [[ -z $build ]]; then
  build=build/program
  scripts/setup.sh --check >/dev/null || scripts/setup.sh
  cmake --preset program >/dev/null
  cmake --build --preset program -j "$(nproc)"
fi
cmake --install "$build" --prefix "$prefix" >/dev/null
echo "installed: $prefix/bin/balassa"
if [[ ":$PATH:" != *":$prefix/bin:"* ]]; then
  echo "To call it by its name, say in this shell, and add to ~/.profile: export PATH=$(printf %q "$prefix/bin"):\$PATH"
fi
