#!/usr/bin/env bash
# From a CSV to a certified sweep: sets up, builds, makes a panel, computes, sweeps, and shows where everything is.
#   scripts/demo.sh              on a synthetic panel, written as CSV first and imported like anybody's
#   scripts/demo.sh trade.csv    on your own: columns year, location, product, value (or as BACI, Comtrade, the Atlas)
#   scripts/demo.sh trade.csv --year 2016    what follows the file are options of balassa import
set -euo pipefail

case "${1:-}" in -*) sed -n '2,5p' "$0" >&2; exit 64 ;; esac
csv=${1:-} import_options=("${@:2}") replicates=()
if [[ -n $csv ]]; then
  if [[ ! -r $csv ]]; then
    echo "demo: $csv: can't be read" >&2
    exit 66
  fi
  csv=$(realpath -- "$csv")
  replicates=(--replicates 1000)  # of data of any size: the plan's 12,000 may take hours
fi
cd "$(dirname "$0")/.."

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
if [[ ! -t 1 || -n ${NO_COLOR:-} ]]; then say() { printf '\n== %s\n' "$*"; }; fi
show() { printf '$'; printf ' %q' "$@"; printf '\n'; "$@"; }

build=${BALASSA_BUILD:-}  # one that is there: nothing is set up or built
if [[ -z $build ]]; then
  build=build/program
  say "Packages"
  scripts/setup.sh --check >/dev/null || scripts/setup.sh
  say "Build (preset program)"
  cmake --preset program >/dev/null
  cmake --build --preset program -j "$(nproc)" | tail -n 1
fi

balassa=$build/bin/balassa
mkdir -p demo
if [[ -z $csv ]]; then
  csv=demo/trade.csv
  say "A synthetic world: 240 countries, 1,240 products, 3 years"
  show $balassa synth --years 2015-2017 -o demo/synthetic.h5 --force
  show $balassa export demo/synthetic.h5 -o $csv --force
fi

say "Import"
head -n 3 < <(if [[ $csv == *.gz ]]; then zcat "$csv"; elif [[ $csv == *.zst ]]; then zstdcat "$csv"; else cat "$csv"; fi) || true
show $balassa import "$csv" -o demo/panel.h5 --force "${import_options[@]}"
show $balassa info demo/panel.h5

say "Compute: RCA, ECI, PCI and their certificate, year by year"
show $balassa compute demo/panel.h5 -o demo/measures.h5 --force

say "Sweep: how sure is each rank?"
show $balassa sweep scripts/demo-plan.toml --panel demo/panel.h5 -o demo/sweep.h5 --dry-run "${replicates[@]}"
show $balassa sweep scripts/demo-plan.toml --panel demo/panel.h5 -o demo/sweep.h5 --force "${replicates[@]}"

say "The same as CSV"
show $balassa export demo/measures.h5 --table location -o demo/measures-location.csv --force
show $balassa export demo/sweep.h5 --table location -o demo/sweep-location.csv --force
head -n 4 demo/sweep-location.csv

say "The same as a page"
show $balassa report demo/sweep.h5 -o demo/sweep.html --force

say "Files"
ls -lh demo
echo "HDF5: h5py.File(\"demo/sweep.h5\"), xarray.open_dataset(\"demo/sweep.h5\", group=\"score\"), R's rhdf5"
