#!/usr/bin/env bash
# The one command for a machine with a GPU: the doctor, every test with the devices required, compute-sanitizer on small
# cases, the benchmarks, a table at the end.
#   scripts/gpu_check.sh                  builds with the preset `cuda` first
#   scripts/gpu_check.sh --prebuilt DIR   DIR: a build folder made elsewhere, where nothing can be built
#   --out FILE                            also writes the table there
set -uo pipefail
cd "$(dirname "$0")/.."

build=
out=
while (($# > 0)); do
  case "$1" in
    --prebuilt) build=${2:?gpu_check: --prebuilt needs the build folder}; shift 2 ;;
    --out) out=${2:?gpu_check: --out needs a file}; shift 2 ;;
    *) sed -n '2,6p' "$0" >&2; exit 64 ;;
  esac
done
if [[ -n $build ]]; then
  [[ -x $build/bin/balassa ]] || { echo "gpu_check: $build/bin/balassa: not there" >&2; exit 66; }
else
  cmake --preset cuda && cmake --build --preset cuda -j "$(nproc)" || exit 1
  build=build/cuda
fi

table=()
failed=0
step() {  # name, command...
  local name=$1 result=passed
  shift
  echo "== $name"
  "$@" || { result=FAILED; failed=1; }
  table+=("$name: $result")
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$build/bin/balassa" --device cuda doctor
code=$?
if ((code == 69)); then
  echo "gpu_check: no CUDA device can be used with this build; nothing about a GPU was checked"
  exit 69
fi
((code == 0)) && table+=("doctor: passed") || { table+=("doctor: FAILED, exit $code"); failed=1; }
"$build/bin/balassa" synth --locations 12 --products 40 --years 2017 -o "$work/panel.h5" --quiet || exit 1

export BALASSA_REQUIRE_DEVICES=cpu,cuda
# ctest knows its programs by the path of the folder that they were built in.
if command -v ctest >/dev/null && grep -qsx "CMAKE_CACHEFILE_DIR:INTERNAL=$(realpath "$build")" "$build/CMakeCache.txt"
then
  step tests ctest --test-dir "$build" --output-on-failure --no-tests=error
else
  for program in "$build"/bin/test_*; do step "$(basename "$program")" "$program" --gtest_brief=1; done
fi
if command -v compute-sanitizer >/dev/null; then
  for tool in memcheck racecheck; do
    step "compute-sanitizer $tool" compute-sanitizer --tool "$tool" --error-exitcode 1 \
      "$build/bin/balassa" --device cuda sweep --panel "$work/panel.h5" --replicates 64 -o "$work/$tool.h5" --quiet
    step "compute-sanitizer $tool, compute" compute-sanitizer --tool "$tool" --error-exitcode 1 \
      "$build/bin/balassa" --device cuda compute "$work/panel.h5" --reflections 3 -o "$work/$tool-compute.h5" --quiet
  done
else
  table+=("compute-sanitizer: NOT RUN, not installed")
  failed=1
fi
step bench_gpu "$build/bin/bench_gpu" --table "$work/bench_gpu.md" \
  --benchmark_out="${out:+${out%.md}.json}" --benchmark_out_format=json
for program in "$build"/bin/bench_*; do
  [[ -x $program && $program != */bench_gpu ]] && step "$(basename "$program")" "$program"
done
printf '%s\n' "${table[@]}"
if [[ -n $out ]]; then
  { cat "$work/bench_gpu.md" 2>/dev/null; printf '\n'; printf '* %s\n' "${table[@]}"; } > "$out" || failed=1
fi
exit $failed
