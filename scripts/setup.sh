#!/usr/bin/env bash
# Installs all that balassa is built, tested and compared with, on a fresh Debian 12 or Ubuntu 24.04. Safe to repeat.
#   scripts/setup.sh           install what is missing (apt packages; the Python environment .venv)
#   scripts/setup.sh --check   only report; exit 1 if something is missing
# Not installed: CUDA. It is optional; the preset `cuda` finds an nvcc that is there.
set -euo pipefail
cd "$(dirname "$0")/.."

check_only=false
case "${1:-}" in
  "") ;;
  --check) check_only=true ;;
  *) sed -n '2,5p' "$0" >&2; exit 64 ;;
esac

packages=(
  build-essential cmake ninja-build pkg-config ccache git ca-certificates clang-format-14 python3 python3-venv
  libopenmpi-dev openmpi-bin                                                # MPI jobs
  libhdf5-dev zlib1g-dev libdeflate-dev libzstd-dev libxxhash-dev libfast-float-dev  # files
  libcli11-dev libtomlplusplus-dev libfmt-dev libspdlog-dev nlohmann-json3-dev
  libopenblas-dev liblapacke-dev
  libgtest-dev libgmock-dev libbenchmark-dev librandom123-dev libspectra-dev libarpack2-dev libsimde-dev
  clang-14 libclang-rt-14-dev libfuzzer-14-dev                              # scripts/fuzz.sh
  procps xz-utils                                                           # tests/gpu_check, scripts/gpu_pack.sh
  faketime                                                                  # a clock that is set back, in tests/cli/resume.cpp
  slurm-wlm slurm-client slurmctld slurmd munge environment-modules         # tests/slurm, tests/cli/install.sh
)

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

# Lines of requirements.txt that .venv does not have at that version.
missing_modules() {
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

if $check_only; then
  mapfile -t absent < <(missing_packages; missing_modules)
  if ((${#absent[@]} > 0)); then
    printf 'missing: %s\n' "${absent[@]}"
    exit 1
  fi
  echo "setup: everything is there"
  exit 0
fi

mapfile -t absent < <(missing_packages)
if ((${#absent[@]} > 0)); then
  as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || { echo "setup: need root or sudo to install: ${absent[*]}" >&2; exit 77; }
    as_root=(sudo)
  fi
  echo "setup: installing ${absent[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${absent[@]}"
fi

mapfile -t absent < <(missing_modules)
if ((${#absent[@]} > 0)); then
  echo "setup: installing into .venv: ${absent[*]}"
  [[ -x .venv/bin/python ]] || python3 -m venv .venv
  .venv/bin/python -m pip install --quiet -r scripts/requirements.txt
fi
echo "setup: everything is there"
