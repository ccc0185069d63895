#!/usr/bin/env bash
# From a CSV to a certified sweep: sets up, builds, makes a panel, computes, sweeps, and shows where everything is.
#   scripts/demo.sh              on a synthetic panel, written as CSV first and imported like anybody's
#   scripts/demo.sh trade.csv    on your own: columns year, location, product, value (or as BACI, Comtrade, the Atlas)
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in -*) sed -n '2,4p' "$0" >&2; exit 64 ;; esac
csv=${1:-}
if [[ -n $csv && ! -r $csv ]]; then
  echo "demo: $csv: can't be read" >&2
  exit 66
fi

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
if [[ ! -t 1 || -n ${NO_COLOR:-} ]]; then say() { printf '\n== %s\n' "$*"; }; fi
show() { printf '$'; printf ' %s' "$@"; printf '\n'; "$@"; }

say "Packages"
scripts/setup.sh --check >/dev/null || scripts/setup.sh
say "Build (preset cpu)"
cmake --preset cpu >/dev/null
cmake --build --preset cpu -j "$(nproc)" --target balassa | tail -n 1

balassa=build/cpu/bin/balassa
mkdir -p demo
if [[ -z $csv ]]; then
  csv=demo/trade.csv
  say "A synthetic world: 240 countries, 1,240 products, 3 years"
  show $balassa synth --years 2015-2017 -o demo/synthetic.h5 --force
  show $balassa export demo/synthetic.h5 -o $csv --force
fi

say "Import"
head -n 3 < <(if [[ $csv == *.gz ]]; then zcat "$csv"; elif [[ $csv == *.zst ]]; then zstdcat "$csv"; else cat "$csv"; fi) || true
show $balassa import "$csv" -o demo/panel.h5 --force
show $balassa info demo/panel.h5

say "Compute: RCA, ECI, PCI and their certificate, year by year"
show $balassa compute demo/panel.h5 -o demo/measures.h5 --force

say "Sweep: how sure is each rank?"
show $balassa sweep scripts/demo-plan.toml --panel demo/panel.h5 -o demo/sweep.h5 --dry-run
show $balassa sweep scripts/demo-plan.toml --panel demo/panel.h5 -o demo/sweep.h5 --force

say "The same as CSV"
show $balassa export demo/measures.h5 --table location -o demo/measures-location.csv --force
show $balassa export demo/sweep.h5 --table location -o demo/sweep-location.csv --force
head -n 4 demo/sweep-location.csv

say "The same as a page"
show $balassa report demo/sweep.h5 -o demo/sweep.html --force

say "Files"
ls -lh demo
echo "HDF5: h5py.File(\"demo/sweep.h5\"), xarray.open_dataset(\"demo/sweep.h5\", group=\"score\"), R's rhdf5"
