#!/usr/bin/env bash
# Builds the preset `portable` and packs it: build/portable/balassa-VERSION-SYSTEM-PROCESSOR.tar.gz, which runs wherever it is unpacked.
set -euo pipefail
cd "$(dirname "$0")/../.."
(($# == 0)) || { sed -n 2p "$0" >&2; exit 64; }
cmake --preset portable -DBALASSA_TESTS=OFF >/dev/null
cmake --build --preset portable -j "$(nproc)"
cd build/portable
cpack -G TGZ
