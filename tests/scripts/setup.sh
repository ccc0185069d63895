#!/usr/bin/env bash
# scripts/setup.sh installs what building needs and no more; --dev the rest; no service is started. On imitated dpkg and apt.
#   tests/scripts/setup.sh SOURCE_TREE
set -euo pipefail
tree=$(realpath "${1:?usage: setup.sh SOURCE_TREE}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "setup: FAILED: $*" >&2; exit 1; }

base=$("$tree/scripts/setup.sh" --list)
all=$("$tree/scripts/setup.sh" --list --dev)
has() { grep -qx -- "$2" <<< "$1"; }
[[ -z $(comm -23 <(sort <<< "$base") <(sort <<< "$all")) ]] || fail "--dev lacks what the plain list has"
for heavy in clang-14 slurmd slurmctld munge libopenmpi-dev python3-venv clang-format-14; do
  has "$all" "$heavy" || fail "--dev lacks $heavy"
  has "$base" "$heavy" && fail "building needs no $heavy"
done

# What CMake must find, or takes where it is, and the package of Debian that has it. Optional beyond building: MPI, SLEPc, CUDA.
declare -A package_of=(
  [BLAS]=libopenblas-dev [OpenMP]=build-essential [Threads]=build-essential [HDF5]=libhdf5-dev [ZLIB]=zlib1g-dev [DEFLATE_LIBRARY]=libdeflate-dev [fmt]=libfmt-dev
  [nlohmann_json]=nlohmann-json3-dev [CLI11]=libcli11-dev [tomlplusplus]=libtomlplusplus-dev [spdlog]=libspdlog-dev
  [GTest]=libgtest-dev [benchmark]=libbenchmark-dev [LAPACKE_LIBRARY]=liblapacke-dev [ZSTD_LIBRARY]=libzstd-dev
  [SPECTRA_INCLUDE_DIR]=libspectra-dev [EIGEN_INCLUDE_DIR]=libspectra-dev [ARPACK_INCLUDE_DIR]=libarpack2-dev
  [ARPACK_LIBRARY]=libarpack2-dev [BALASSA_ANY_PYTHON]=python3)
of_the_portable_build=(GFORTRAN_LIBRARY QUADMATH_LIBRARY SZ_LIBRARY AEC_LIBRARY)
optional=(MPI PkgConfig CUDAToolkit "${of_the_portable_build[@]}")
count=0
while read -r name; do
  if [[ -n ${package_of[$name]:-} ]]; then
    has "$base" "${package_of[$name]}" || fail "CMake looks for $name, and the list lacks ${package_of[$name]}"
    count=$((count + 1))
  else
    [[ " ${optional[*]} " == *" $name "* ]] || fail "CMake looks for $name: of which package is it? Say so here"
  fi
done < <(find "$tree" -path "$tree/build*" -prune -o \( -name CMakeLists.txt -o -name '*.cmake' \) -print0 |
  xargs -0 sed -nE 's/^ *find_(package|library|path|program)\(([A-Za-z0-9_]+).*/\2/p' | sort -u)
# The container builds the program alone: of these libraries, all but those of tests and of eigbench.
for name in BLAS HDF5 ZLIB DEFLATE_LIBRARY fmt nlohmann_json CLI11 tomlplusplus spdlog LAPACKE_LIBRARY ZSTD_LIBRARY; do
  grep -qw -- "${package_of[$name]}" "$tree/scripts/packaging/balassa.def" || fail "balassa.def lacks ${package_of[$name]}"
done
((count >= 15)) || fail "found only $count packages in CMake's files: is the pattern right?"
# Headers without a package of CMake, by what includes them.
for pair in xxhash:libxxhash-dev fast_float:libfast-float-dev Random123:librandom123-dev simde:libsimde-dev; do
  grep -rqE "include <[^>]*${pair%:*}" "$tree"/{io,host,kernels,tests,bench} || fail "nothing includes ${pair%:*} any more"
  has "$base" "${pair#*:}" || fail "the list lacks ${pair#*:}"
done

# A machine on which nothing is installed. apt-get notes what it was asked, and whether services may start.
mkdir -p "$work/bin" "$work/tree/scripts"
cp "$tree/scripts/setup.sh" "$tree/scripts/requirements.txt" "$work/tree/scripts"
printf '#!/bin/sh\nexit 1\n' > "$work/bin/dpkg-query"
printf '#!/bin/sh\nexec "$@"\n' > "$work/bin/sudo"
cat > "$work/bin/apt-get" <<'STUB'
#!/bin/sh
if [ -e "$BALASSA_POLICY_FILE" ] && ! "$BALASSA_POLICY_FILE"; then echo "no service"; fi >> "$WORK/asked"
echo "$@" >> "$WORK/asked"
STUB
printf '#!/bin/sh\necho systemctl "$@" >> "$WORK/asked"\n' > "$work/bin/systemctl"
cat > "$work/bin/python3" <<'STUB'
#!/bin/sh
echo python3 "$@" >> "$WORK/asked"
mkdir -p .venv/bin && printf '#!/bin/sh\necho pip "$@" >> "$WORK/asked"\n' > .venv/bin/python && chmod +x .venv/bin/python
STUB
chmod +x "$work"/bin/*
asked() {  # options of setup.sh; prints what was asked of the system
  rm -f "$work/asked"
  env PATH="$work/bin:$PATH" WORK="$work" BALASSA_POLICY_FILE="$work/policy-rc.d" "$work/tree/scripts/setup.sh" "$@" >/dev/null
  cat "$work/asked"
}
plain=$(asked)
grep -q "install .*libhdf5-dev" <<< "$plain" || fail "nothing was installed: $plain"
grep -qE "clang|slurm|munge|openmpi|venv|pip|systemctl" <<< "$plain" && fail "the plain set-up asks for more than building needs: $plain"
dev=$(asked --dev)
for what in "install .*libhdf5-dev" "install .*slurmctld" "clang-14" "python3 -m venv" "pip -m pip install"; do
  grep -qE -- "$what" <<< "$dev" || fail "--dev did not ask for $what: $dev"
done
grep -q "no service" <<< "$dev" || fail "services may start while --dev installs: $dev"
[[ ! -e $work/policy-rc.d ]] || fail "the policy against services stays behind"
if env PATH="$work/bin:$PATH" "$work/tree/scripts/setup.sh" --check >/dev/null; then fail "--check finds nothing missing"; fi
[[ $("$tree/scripts/setup.sh" --typo 2>&1 >/dev/null || echo $?) == *64 ]] || fail "an unknown option is no error"

# Tests need more than building: what runs them asks for it.
for script in "$tree/scripts/test.sh"; do
  grep -q "setup.sh --dev" "$script" || fail "${script##*/} runs tests without setup.sh --dev"
done
grep -q "scripts/test.sh" "$tree/.ci/run" || fail ".ci/run does not run scripts/test.sh"
for script in demo.sh install.sh; do
  grep -q -- "setup.sh --dev" "$tree/scripts/$script" && fail "$script asks for more than building needs"
  grep -q -- "setup.sh" "$tree/scripts/$script" || fail "$script does not set up"
done
# Whoever says that something is not installed names the option that installs it.
while IFS=: read -r file line text; do
  [[ $text == *"setup.sh --dev"* ]] || fail "$file:$line names setup.sh without --dev: $text"
done < <(grep -rnE "(install|run) .*scripts/setup\.sh|scripts/setup\.sh.* installs" "$tree"/{tests,bench,scripts} --include=*.py --include=*.cpp --include=*.sh |
  grep -v "tests/scripts/setup.sh")
echo "setup: $(wc -l <<< "$base") packages to build, $(wc -l <<< "$all") to develop; $count found by CMake; no service started"
