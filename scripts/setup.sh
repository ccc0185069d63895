#!/usr/bin/env bash
# Installs what balassa is built with, on a fresh Debian 12 or Ubuntu 24.04. Safe to repeat.
#   scripts/setup.sh           install what is missing to build everything and to run the demo
#   scripts/setup.sh --dev     also what tests, fuzzing and formatting need: LLVM, MPI, Slurm, Python packages in .venv (550 MB)
#   ... --check                only report; exit 1 if something is missing
#   ... --list                 only print the names of all of it, a line each
# Not installed: CUDA. It is optional; the preset `cuda` finds an nvcc that is there. No service is started.
set -euo pipefail
cd "$(dirname "$0")/.."

dev=false mode=install
for argument in "$@"; do
  case "$argument" in
    --dev) dev=true ;;
    --check | --list) mode=${argument#--} ;;
    *) sed -n '2,7p' "$0" >&2; exit 64 ;;
  esac
done

packages=(
  build-essential cmake ninja-build git ca-certificates python3
  libhdf5-dev zlib1g-dev libdeflate-dev libzstd-dev libxxhash-dev libfast-float-dev  # files
  libcli11-dev libtomlplusplus-dev libfmt-dev libspdlog-dev nlohmann-json3-dev
  libopenblas-dev liblapacke-dev libspectra-dev libarpack2-dev
  libgtest-dev libgmock-dev libbenchmark-dev librandom123-dev libsimde-dev  # what compiles tests and benchmarks
)
if $dev; then
  packages+=(
    ccache clang-format-14 pkg-config python3-venv
    libopenmpi-dev openmpi-bin                                              # MPI jobs
    clang-14 libclang-rt-14-dev libfuzzer-14-dev                            # scripts/fuzz.sh
    procps xz-utils                                                         # tests/gpu_check, scripts/gpu_pack.sh
    faketime                                                                # a clock that is set back, in tests/cli/resume.cpp
    slurm-wlm slurm-client slurmctld slurmd munge environment-modules       # tests/slurm, tests/cli/install.sh
  )
fi

if [[ $mode == list ]]; then
  printf '%s\n' "${packages[@]}"
  exit 0
fi

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

# Lines of requirements.txt that .venv does not have at that version.
missing_modules() {
  $dev || return 0
  if [[ ! -x .venv/bin/python ]]; then
    grep -v '^#' scripts/requirements.txt
    return
  fi
  .venv/bin/python - <<'PY'
from importlib import metadata
for line in open("scripts/requirements.txt"):
    line = line.strip()
    if not line or line.startswith("#"):
        continue
    name, version = line.split("==")
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        found = None
    if found != version:
        print(line)
PY
}

if ! command -v dpkg-query >/dev/null; then
  echo "setup: this is not Debian or Ubuntu; install these by hand: ${packages[*]}" >&2
  exit 1
fi

if [[ $mode == check ]]; then
  mapfile -t absent < <(missing_packages; missing_modules)
  if ((${#absent[@]} > 0)); then
    printf 'missing: %s\n' "${absent[@]}"
    exit 1
  fi
  echo "setup: everything is there"
  exit 0
fi

# Debian starts the daemons of a package (munge, Slurm) as soon as it is installed, unless this file says not to; and it
# enables them for the next start of the machine.
policy=${BALASSA_POLICY_FILE:-/usr/sbin/policy-rc.d}
services=(munge slurmd slurmctld)

as_root=() policy_is_ours=false
trap 'if $policy_is_ours; then "${as_root[@]}" rm -f "$policy"; fi' EXIT

install_packages() {  # names
  local service new_services=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || { echo "setup: need root or sudo to install: $*" >&2; exit 77; }
    as_root=(sudo)
  fi
  for service in "${services[@]}"; do
    if [[ " $* " == *" $service "* ]]; then new_services+=("$service"); fi
  done
  if ((${#new_services[@]} > 0)) && [[ ! -e $policy ]]; then
    policy_is_ours=true
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
  if ((${#new_services[@]} > 0)) && [[ -d /run/systemd/system ]]; then
    "${as_root[@]}" systemctl disable --quiet "${new_services[@]}" || true
  fi
}

mapfile -t absent < <(missing_packages)
if ((${#absent[@]} > 0)); then
  echo "setup: installing ${absent[*]}"
  install_packages "${absent[@]}"
fi

mapfile -t absent < <(missing_modules)
if ((${#absent[@]} > 0)); then
  echo "setup: installing into .venv: ${absent[*]}"
  [[ -x .venv/bin/python ]] || python3 -m venv .venv
  .venv/bin/python -m pip install --quiet -r scripts/requirements.txt
fi
echo "setup: everything is there"
