#!/usr/bin/env bash
# The scenario kernel as the compiler wrote it, as it is and with each choice of kernels/cuda/choices.hpp undone that
# changes the code:
# instructions, registers, stack, spills, loads by kind, and the look-up loop per 32 entries, as a table in Markdown.
#   scripts/kernel_listing.sh [ARCHITECTURE]   default sm_90; needs nvcc, and nvdisasm of the CUDA Toolkit or of PyPI's
#                                              nvidia-cuda-nvdisasm, on PATH or named by NVDISASM; no GPU
set -euo pipefail
cd "$(dirname "$0")/.."

architecture=${1:-sm_90}
nvdisasm=${NVDISASM:-nvdisasm}
for program in nvcc "$nvdisasm"; do
  command -v "$program" >/dev/null || { echo "kernel_listing: $program: not found" >&2; exit 69; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compile() {  # name, definitions...
  local name=$1
  shift
  nvcc -std=c++20 -O3 -DNDEBUG -I. --fmad=false -prec-div=true -prec-sqrt=true -ftz=false --expt-relaxed-constexpr \
    --diag-suppress=1675 -Xcompiler=-ffp-contract=off -DBALASSA_ISA=cuda "-arch=$architecture" -Xptxas=-v "$@" \
    -cubin -o "$work/$name.cubin" kernels/cuda/scenario_kernels.cu 2>"$work/$name.ptxas"
  "$nvdisasm" -c "$work/$name.cubin" >"$work/$name.sass"
}

compile as_it_is
while read -r choice; do
  definitions=("-DBALASSA_UNDO=$choice")
  if [[ $choice == kOneCopy ]]; then definitions+=(-DBALASSA_ONE_COPY=); fi
  compile "$choice" "${definitions[@]}"
done < <(grep -o '^  k[A-Za-z]*' kernels/cuda/choices.hpp | tr -d ' ' | grep -v -e kNone -e kTwoBlocks)  # a plan of the host

python3 - "$work" <<'PYTHON'
import collections, glob, os, re, sys

def listing(path):
    """Opcodes of all instructions, and the loop with the most shared look-ups: (length, look-ups)."""
    opcodes, best = collections.Counter(), (0, 0)
    labels, function = {}, []
    for line in open(path):
        if re.match(r"^[$_a-zA-Z]\S*:$", line):
            labels, function = {}, []
        elif label := re.match(r"^(\.L_\w+):", line):
            labels[label.group(1)] = len(function)
        elif found := re.match(r"\s+/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z0-9_]+)(.*)", line):
            opcode, rest = found.groups()
            opcodes[opcode] += 1
            function.append(opcode)
            target = re.search(r"\((\.L_\w+)\)", rest)
            if opcode == "BRA" and target and target.group(1) in labels:
                body = function[labels[target.group(1)]:]
                lookups = body.count("LDS")
                if lookups and lookups % 32 == 0 and (best == (0, 0) or len(body) / lookups < best[0] / best[1]):
                    best = (len(body), lookups)
    return opcodes, best

print("| kernel | instructions | registers | stack, bytes | spill stores, loads, bytes | generic, shared, local loads "
      "| barriers | exchanges | instructions per 32 look-ups |")
print("|---|---|---|---|---|---|---|---|---|")
for path in sorted(glob.glob(sys.argv[1] + "/*.sass"), key=lambda p: ("as_it_is" not in p, p)):
    opcodes, (length, lookups) = listing(path)
    report = open(path.replace(".sass", ".ptxas")).read()
    stores, loads = (sum(int(n) for n in re.findall(rf"(\d+) bytes spill {kind}", report)) for kind in ("stores", "loads"))
    registers = re.search(r"Used (\d+) registers", report).group(1)
    stack = re.search(r"(\d+) bytes cumulative stack size", report)
    name = os.path.basename(path)[:-5]
    label = "as it is" if name == "as_it_is" else f"without {name[1:]}"
    print(f"| {label} | {sum(opcodes.values()):,} | {registers} | {stack.group(1) if stack else 0} | {stores}, {loads} "
          f"| {opcodes['LD']:,}, {opcodes['LDS']:,}, {opcodes['LDL']:,} | {opcodes['BAR']} | {opcodes['SHFL']} "
          f"| {32 * length / lookups:.0f} |" if lookups else f"| {label} | no look-up loop found |")
PYTHON
