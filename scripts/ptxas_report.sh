#!/usr/bin/env bash
# Registers, stack, spills (with those of the functions that it calls) and shared memory of every kernel as ptxas reports
# them, as a table in Markdown.
#   scripts/ptxas_report.sh [ARCHITECTURES]   default "80-real;90-real"; needs nvcc, no GPU; builds in build/ptxas
set -euo pipefail
cd "$(dirname "$0")/.."

build=build/ptxas
launcher=()
if command -v ccache >/dev/null; then launcher=(-DCMAKE_CUDA_COMPILER_LAUNCHER=ccache); fi
cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Release -DBALASSA_CUDA=ON -DBALASSA_CUDA_REPORT=ON \
  -DBALASSA_BENCH=OFF -DBALASSA_TESTS=OFF "-DCMAKE_CUDA_ARCHITECTURES=${1:-80-real;90-real}" "${launcher[@]}" >/dev/null
mapfile -t objects < <(ninja -C $build -t targets all | grep -o '^kernels/.*\.cu\.o')
(cd $build && rm -f "${objects[@]}")  # what is up to date would report nothing
report=$(mktemp)
trap 'rm -f "$report"' EXIT
ninja -C $build "${objects[@]}" >"$report" 2>&1 || { cat "$report" >&2; exit 1; }
python3 - "$report" <<'PYTHON'
import re, subprocess, sys

kernels, current = {}, None
for line in open(sys.argv[1], errors="replace"):
    if found := re.search(r"Compiling entry function '(\S+)' for '(sm_\w+)'", line):
        current = found.groups()
        continue
    if current is None:
        continue
    if found := re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", line):
        kernel = kernels.setdefault(current, [found.group(1), 0, 0])  # the functions that it calls follow
        kernel[1] += int(found.group(2))
        kernel[2] += int(found.group(3))
    elif found := re.search(r"Used (\d+) registers", line):
        shared = re.search(r"(\d+) bytes smem", line)
        kernels[current] += [found.group(1), shared.group(1) if shared else "0"]
names = subprocess.run(["c++filt"], input="\n".join(name for name, _ in kernels), text=True, capture_output=True)
print("| kernel | architecture | registers | stack, bytes | spill stores, loads, bytes | static shared, bytes |")
print("|---|---|---|---|---|---|")
rows = []
for (name, architecture), plain in zip(kernels, names.stdout.splitlines()):
    if "balassa" not in plain:
        continue  # CUB's own
    short = re.search(r"(\w+)(?:<balassa::cuda::lock_step::(\w+)>)?\(", plain.replace("(anonymous namespace)::", ""))
    label = short.group(1) + (f"<{short.group(2)}>" if short.group(2) else "")
    stack, stores, loads, registers, shared = kernels[name, architecture]
    rows.append(f"| `{label}` | {architecture} | {registers} | {stack} | {stores}, {loads} | {shared} |")
print("\n".join(sorted(rows)))
PYTHON
