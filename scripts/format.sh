#!/usr/bin/env bash
# Formats every C++ file with clang-format 14; --check only reports, exit 1 if one differs.
set -euo pipefail
cd "$(dirname "$0")/.."
tool=$(command -v clang-format-14 || command -v clang-format) || { echo "format: no clang-format 14; run scripts/setup.sh --dev" >&2; exit 1; }
mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.cpp' '*.hpp' '*.cu' '*.cuh')
case "${1:-}" in
  --check) "$tool" --dry-run -Werror "${files[@]}" && echo "format: ${#files[@]} files as they should be" ;;
  "") "$tool" -i "${files[@]}" ;;
  *) sed -n 2p "$0" >&2; exit 64 ;;
esac
