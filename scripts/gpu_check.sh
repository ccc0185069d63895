#!/usr/bin/env bash
# What a machine with a GPU has to tell, in the order of what teaches most. Each step has a time limit; after each one its
# output is in OUT/log.txt and a line in OUT/summary.txt, which is printed at the end. A failed parity test turns the check
# to finding the step that is wrong.
#   scripts/gpu_check.sh [first | fast | fail | record] [--prebuilt DIR] [--out DIR]
#     first    does it run, is it right, how fast is it, and what do the hardware counters say   at most 230 s
#     fast     after a first that passed: each variant of bench_gpu, more counters, batch sizes  at most 200 s
#     fail     after one that failed: the step that is wrong, and the sanitizers                 at most 200 s
#     record   every shape and the dense path, the rates beside cuSOLVER's                       at most 170 s
#     without  everything
#   --prebuilt DIR  a folder with gpu.tar.xz (scripts/gpu_pack.sh), or with its programs, or a build folder; without it
#                   the preset `cuda` is built first
#   --out DIR       default: gpu_check.out
#   --steps         prints the steps of the modes and their limits in seconds, and runs nothing
# Exit code: 0 all passed, 1 a step failed, 69 no CUDA device, 77 nothing failed, but a step was not run.
# For imitated GPUs, which are slow: GPU_CHECK_REPLICATES, at most as many a sweep; GPU_CHECK_LIMITS, percent of the limits.
set -uo pipefail
here=$(dirname "$(realpath "$0")")

mode=all
prebuilt=
out=gpu_check.out
listing=false
while (($# > 0)); do
  case "$1" in
    first | fast | fail | record) mode=$1; shift ;;
    --prebuilt) prebuilt=${2:?gpu_check: --prebuilt needs a folder}; shift 2 ;;
    --out) out=${2:?gpu_check: --out needs a folder}; shift 2 ;;
    --steps) listing=true; shift ;;
    *) sed -n '2,17p' "$0" >&2; exit 64 ;;
  esac
done

failed=false
not_run=false

say() {  # text: a line of the summary
  printf '%s\n' "$1" | tee -a "$out/summary.txt"
}

not_run() {  # name, reason
  $listing && return
  not_run=true
  say "$1: NOT RUN, $2"
}

# step [--says REGEX] [--in FILE] NAME LIMIT COMMAND...: passes where the command ends with 0 and its output, or FILE, has
# REGEX: a filter that chooses nothing is no success. LIMIT: seconds.
step() {
  local says= file=$work/output name limit code result start remark
  while [[ $1 == --* ]]; do
    case $1 in
      --says) says=$2 ;;
      --in) file=$2 ;;
    esac
    shift 2
  done
  name=$1 limit=$2
  shift 2
  if $listing; then
    printf '%s %s %s\n' "$branch" "$limit" "$name"
    return 0
  fi
  limit=$((limit * ${GPU_CHECK_LIMITS:-100} / 100))
  start=$(date +%s%N)
  # All of its processes at once: a tool ends at a milder signal, and leaves what it started hanging.
  { timeout -s KILL $((limit > 0 ? limit : 1)) "$@" >"$work/output" 2>&1 </dev/null; } 2>/dev/null
  code=$?
  remark=$(grep -m1 differs "$work/output" || grep -m1 -E 'FAILED|Failure|rror|hazard|SKIPPED|not found' "$work/output")
  remark=$(cut -c1-160 <<<"$remark" | sed 's/^ *//')
  if ((code == 77)) || grep -q ERR_NVGPUCTRPERM "$work/output"; then
    not_run=true
    result="NOT RUN, $remark"
  elif ((code == 137)); then
    result="FAILED, ended by its limit of $limit s. $remark"
  elif ((code != 0)); then
    result="FAILED, exit $code. $remark"
  elif [[ -n $says ]] && ! grep -qE -e "$says" "$file" 2>/dev/null; then
    code=1
    result="FAILED, found no '$says' in what it said"
  else
    result=passed
  fi
  [[ $result == FAILED* ]] && failed=true
  {
    printf '\n#### %s: %s\n# %s\n' "$name" "$result" "$*"
    head -c 400000 "$work/output"
  } >>"$out/log.txt"
  say "$(printf '%s: %s (%.1f s)' "$name" "$result" "$((($(date +%s%N) - start) / 100000000))e-1")"
  return $code
}

tool_step() {  # tool, then as step: where the tool is
  local tool=$1 name
  shift
  if $listing || command -v "$tool" >/dev/null; then
    step "$@"
    return
  fi
  while [[ $1 == --* ]]; do shift 2; done
  not_run "$1" "$tool is not installed"
}

replicates() {  # how many on a GPU
  echo $((${GPU_CHECK_REPLICATES:-$1} < $1 ? GPU_CHECK_REPLICATES : $1))
}

# --- steps ---------------------------------------------------------------------------------------------------------------

# fp32 needs 65 locations. In the wide panel replicates that draw all products (Bayesian weights, the default) take blocks
# of 512 threads, those that leave some out (multinomial) blocks of 256 whose memory has room for the likely ones.
wide=240x1240
small=80x255

# Without a device nothing else has a meaning.
device() {  # as step
  step "$@"
  if (($? == 69)); then
    say 'gpu_check: no CUDA device can be used with this build; nothing about a GPU was checked'
    exit 69
  fi
}
doctor() { device --says '^cuda +passed' doctor "$1" "$programs/balassa" --device cuda doctor; }
scenario() {
  device --says '"lambda2"' 'a scenario' 4 "$programs/balassa" --device cuda --json sweep --panel "$work/$small.h5" --scenario 1
}

panels() {
  local shape
  for shape in $small $wide; do
    step "panel $shape" 3 "$programs/balassa" synth --locations "${shape%x*}" --products "${shape#*x}" --years 2017 \
      -o "$work/$shape.h5" --quiet --force
  done
}

begin() {
  if $listing; then
    step unpack 15
  elif [[ -n $archive ]]; then
    mkdir "$programs"
    if command -v xz >/dev/null; then
      step unpack 15 tar -C "$programs" -xf "$archive"
    else
      step unpack 15 python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$archive" "$programs"
    fi
  fi
  tool_step nvidia-smi nvidia-smi 5 nvidia-smi
  panels
}

parity() {  # name, limit, filter of test_gpu, more flags
  local name=$1 limit=$2 filter=$3
  shift 3
  step --says '  PASSED  . [1-9]' "$name" "$limit" "$programs/test_gpu" --gtest_brief=1 --gtest_filter="$filter" "$@"
}

rate() {  # name, program, limit, filter, more flags: its table, and the rows of it in the summary
  local name=$1 program=$2 limit=$3 filter=$4 table=$out/$1.md rows='[0-9]'
  [[ $program == *_steps ]] && rows=''  # clocks of each step too
  shift 4
  rm -f "$table"
  step --says '^\| [0-9]+x[0-9]+ ' --in "$table" "$name" "$limit" "$programs/$program" --table "$table" \
    --benchmark_filter="$filter" "$@"
  local code=$?
  $listing || { grep -E "^\| $rows" "$table" 2>/dev/null | tee -a "$out/summary.txt"; }
  return $code
}

sweeps=0
sweep() {  # shape, replicates, more flags: sets `arguments` of balassa; each with an output of its own
  local shape=$1 count=$2
  shift 2
  sweeps=$((sweeps + 1))
  arguments=(--device cuda sweep --quiet --force --panel "$work/$shape.h5" --replicates "$(replicates "$count")"
    -o "$work/sweep-$sweeps.h5" "$@")
}

counters() {  # name, limit, kernels, launches to pass over, launches to look at
  local name=$1 limit=$2 kernels=$3 pass=$4 count=$5 file=$out/$1.csv arguments
  rm -f "$file"
  sweep $wide 8448 --weights multinomial
  tool_step ncu --says 'Kernel Name' --in "$file" "$name" "$limit" ncu --clock-control none -k "regex:$kernels" -s "$pass" \
    -c "$count" --set detailed --csv --page raw --log-file "$file" "$programs/balassa" "${arguments[@]}"
  $listing || [[ ! -s $file ]] || python3 - "$file" <<'PYTHON' | tee -a "$out/summary.txt"
# Of the hundreds of counters those that a slow kernel is judged by: name, unit, value of each kernel.
import csv, re, sys

wanted = re.compile(
    r"gpu__time_duration\.sum$|smsp__inst_executed\.sum$|smsp__average_warps?_issue_stalled_\w+_per_issue_active|"
    r"smsp__issue_active\.avg\.pct|sm__warps_active\.avg\.pct|launch__(registers|occupancy_limit|shared_mem)\w*|"
    r"l1tex__data_(pipe|bank)\w+\.sum$|lts__t_bytes\.sum$|dram__bytes\w*\.sum$|smsp__inst_executed_op_(ld|st|local|shared)\w*\.sum$")
rows = [row for row in csv.reader(open(sys.argv[1], errors="replace")) if len(row) > 10]
for k, name in enumerate(rows[0] if rows else []):
    if wanted.search(name):
        print("    " + name + " [" + rows[1][k] + "] " + " ".join(row[k] for row in rows[2:]))
PYTHON
}

variants() {  # seconds for all of them together
  local found=() program each=$1
  if $listing; then
    step "variants of bench_gpu, together" "$1" true
    return
  fi
  for program in "$programs"/bench_gpu "$programs"/bench_gpu_*; do [[ -x $program ]] && found+=("$(basename "$program")"); done
  each=$((each / ${#found[@]} < 25 ? each / ${#found[@]} : 25))
  for program in "${found[@]}"; do
    rate "$program" "$program" $each "$wide/(certified|fast|double)/multinomial" --without-cusolver
  done
}

batches() {  # limit of each
  local batch arguments
  for batch in 16 64 256; do
    sweep $wide 1000000 --batch $batch --tallies none --weights multinomial
    step "a million scenarios, batches of $batch" "$1" "$programs/balassa" "${arguments[@]}"
  done
}

sanitize() {  # tool, shape, law of the weights, replicates, limit
  local tool=$1 shape=$2 arguments
  sweep "$shape" "$4" --weights "$3"
  tool_step compute-sanitizer --says 'SUMMARY: 0 ' "$tool $shape $3" "$5" compute-sanitizer --tool "$tool" \
    --error-exitcode 1 --print-limit 20 "$programs/balassa" "${arguments[@]}"
}

# By field: what a GPU found for whole scenarios beside what the CPU found.
find_step() {  # limit for the small panel, for the wide one
  local shape limit
  for shape in $small $wide; do
    limit=$1
    shift
    tool_step python3 "find the step, $shape" "$limit" python3 "$here/gpu_find_step.py" "$programs/balassa" "$work/$shape.h5"
    $listing || grep '^  ' "$work/output" | tee -a "$out/summary.txt"
  done
}

dense() { step --says '  PASSED  . [1-9]' 'dense measures' "$1" "$programs/test_gpu" --gtest_brief=1 --gtest_filter="DenseMeasures.*"; }

shapes=Shapes/Cuda.EqualsThePlainPath
stop_early=--gtest_fail_fast

# --- modes ---------------------------------------------------------------------------------------------------------------

right() {  # limits of three: a failed one makes the next ones needless
  parity 'parity 4x4' "$1" $shapes/4x4 $stop_early &&
    parity 'parity 65x257' "$2" $shapes/65x257 $stop_early &&
    parity "parity $wide" "$3" $shapes/$wide $stop_early
}

check_first() {
  begin
  step libraries 3 bash -c '! ldd "$@" | grep "not found"' ldd "$programs/balassa" "$programs/bench_gpu"
  doctor 20
  if $listing; then
    branch=first-passed
    right 15 20 40
    first_passed
    branch=first-failed
    right 15 20 40
    first_failed
  elif right 15 20 40; then
    first_passed
  else
    first_failed
  fi
}
first_passed() {
  rate rate bench_gpu 50 "$wide/(certified|fast)/multinomial" --without-cusolver
  counters counters 50 scenario_kernel 2 1
}
first_failed() {
  find_step 12 15
  sanitize memcheck $small multinomial 4 27
  sanitize synccheck $small multinomial 4 22
  sanitize racecheck $small multinomial 4 27
}

check_fast() {
  begin
  scenario
  variants 104
  counters counters-draw 30 'totals_kernel|weights_kernel' 2 2
  batches 12
}

check_fail() {
  begin
  scenario
  find_step 12 15
  parity 'all parity tests' 35 '-DenseMeasures.*'
  sanitize memcheck $wide bayesian 1 27
  sanitize racecheck $wide multinomial 1 27
  sanitize synccheck $wide bayesian 1 27
  sanitize initcheck $wide multinomial 1 27
}

check_record() {
  begin
  scenario
  parity 'all parity tests' 60 '-DenseMeasures.*'
  dense 24
  rate record bench_gpu 56 '(60x300|240x1240|240x5200|2169x650)/certified/multinomial'
}

check_all() {
  local tool program
  begin
  doctor 60
  if right 60 60 120 || $listing; then :; else find_step 60 60; fi
  rate rate bench_gpu 60 "$wide/(certified|fast)/multinomial" --without-cusolver
  counters counters 120 scenario_kernel 2 1
  counters counters-draw 120 'totals_kernel|weights_kernel' 2 2
  variants 300
  batches 60
  parity 'all parity tests' 600 '-DenseMeasures.*'
  for tool in memcheck racecheck synccheck initcheck; do
    sanitize $tool $small multinomial 4 300
    sanitize $tool $wide multinomial 1 300
    sanitize $tool $wide bayesian 1 300
  done
  tool_step compute-sanitizer --says 'SUMMARY: 0 ' "memcheck, compute" 300 compute-sanitizer --tool memcheck \
    --error-exitcode 1 --print-limit 20 "$programs/balassa" --device cuda --force compute "$work/$small.h5" --reflections 3 \
    -o "$work/compute.h5" --quiet
  dense 300
  rate record bench_gpu 900 '.'
  [[ -z $build ]] || step tests 3600 ctest --test-dir "$build" --output-on-failure --no-tests=error
  for program in "$programs"/bench_*; do
    [[ -x $program && $program != */bench_gpu* ]] && step "$(basename "$program")" 900 "$program"
  done
}

# --- where the programs are ----------------------------------------------------------------------------------------------

archive=
build=
programs=PROGRAMS
work=WORK
if $listing; then
  for mode in first fast fail record all; do
    branch=$mode
    check_$mode
  done
  exit 0
fi
if [[ -z $prebuilt && -x $here/balassa ]]; then prebuilt=$here; fi  # beside its programs, as in the archive
mkdir -p "$out" || exit 73
out=$(realpath "$out")
rm -f "$out/summary.txt" "$out/log.txt"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [[ -z $prebuilt ]]; then
  cd "$here/.." || exit 1
  cmake --preset cuda && cmake --build --preset cuda -j "$(nproc)" || exit 1
  build=$PWD/build/cuda
  programs=$build/bin
elif [[ -f $prebuilt/gpu.tar.xz ]]; then
  archive=$(realpath "$prebuilt/gpu.tar.xz")
  programs=$work/programs
elif [[ -x $prebuilt/balassa ]]; then
  programs=$(realpath "$prebuilt")
elif [[ -x $prebuilt/bin/balassa ]]; then
  programs=$(realpath "$prebuilt/bin")
else
  echo "gpu_check: $prebuilt: found no gpu.tar.xz and no program balassa; make one with scripts/gpu_pack.sh" >&2
  exit 66
fi
# Behind what is set: the driver's own folder may be in it. CUDA's libraries may lie in Python's packages alone.
wheels=$(python3 -c 'import glob, nvidia; print(":".join(d for p in nvidia.__path__ for d in glob.glob(p + "/*/lib")))' 2>/dev/null)
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$programs${wheels:+:$wheels}:/usr/local/cuda/lib64"
export BALASSA_REQUIRE_DEVICES=cpu,cuda
say "gpu_check $mode, $(date -u +%Y-%m-%dT%H:%MZ), $(uname -sr)"
[[ -n $archive ]] || { [[ -r $programs/manifest.txt ]] && say "$(tr '\n' ' ' <"$programs/manifest.txt")"; }

branch=$mode
check_$mode
printf '\n'
cat "$out/summary.txt"
if $failed; then exit 1; fi
if $not_run; then exit 77; fi
