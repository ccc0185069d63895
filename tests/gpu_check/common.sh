# For the tests of scripts/gpu_check.sh on the imitated GPU: source it with the folder of the imitated programs.
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
imitated=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH=$root/tests/gpu_check/tools:$PATH
export BALASSA_PARITY=brief GPU_CHECK_REPLICATES=4 GPU_CHECK_LIMITS=500
unset BALASSA_DEVICE

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

check() {  # expected exit code, then as scripts/gpu_check.sh
  local expected=$1 code=0
  shift
  "${script:-$root/scripts/gpu_check.sh}" "$@" --out "$work/out" >"$work/said" 2>&1 || code=$?
  cat "$work/said"
  ((code == expected)) || fail "gpu_check $*: exit $code, expected $expected"
}

expect() {  # regex in the summary
  grep -qE -e "$1" "$work/out/summary.txt" || fail "the summary does not say '$1'"
}
