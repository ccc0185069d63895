#!/usr/bin/env bash
# README's first steps: install.sh puts balassa on the PATH, a user's own CSV gives a result, demo.sh takes such a file.
#   tests/scripts/first_steps.sh SOURCE_TREE BUILD_FOLDER
set -euo pipefail
tree=$(realpath "${1:?usage: first_steps.sh SOURCE_TREE BUILD_FOLDER}")
build=$(realpath "${2:?usage: first_steps.sh SOURCE_TREE BUILD_FOLDER}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "first steps: FAILED: $*" >&2; exit 1; }
export BALASSA_BUILD=$build NO_COLOR=1

# Into a home without ~/.local, by a relative name too.
cd "$work"
said=$(HOME=$work/home "$tree/scripts/install.sh")
[[ $said == *"installed: $work/home/.local/bin/balassa"* && $said == *"export PATH=$work/home/.local/bin:"* ]] || fail "install.sh says: $said"
for file in bin/balassa share/man/man1/balassa.1 share/bash-completion/completions/balassa; do
  [[ -s home/.local/$file ]] || fail "$file is not there"
done
eval "$(sed -n 's/.*: \(export PATH=.*\)/\1/p' <<< "$said")"
[[ $(command -v balassa) == "$work/home/.local/bin/balassa" ]] || fail "what install.sh says to do does not put balassa on the PATH"
[[ $("$tree/scripts/install.sh" prefix) == "installed: $work/prefix/bin/balassa"* ]] || fail "a relative prefix"

# The first result of one's own: every line of README between the clone and it. The program is there already.
balassa synth --locations 40 --products 90 --years 2015-2017 -o synth.h5 --quiet
balassa export synth.h5 -o trade.csv --quiet
mapfile -t steps < <(sed -n '/^## First steps/,/^## /p' "$tree/README.md" | sed -n '/^```/,/^```/p' | grep -v '^```' | sed 's/ *#.*//')
((${#steps[@]} <= 4)) || fail "README needs ${#steps[@]} steps: ${steps[*]}"
[[ ${steps[0]} == "git clone "* ]] || fail "README begins with ${steps[0]}"
last=${steps[-1]}
[[ $last == "balassa "*trade.csv* ]] || fail "README ends with $last"
eval "$last" > result 2> remarks || fail "$last: $(cat remarks)"
grep -q "rank .*ECI" result || fail "$last shows no ranking"
for step in "${steps[@]:1:${#steps[@]}-2}"; do
  [[ $step == scripts/* || $step == "cd "* ]] && { script=${step##* }; [[ $step == "cd "* || -x $tree/${step%% *} ]] || fail "no $script"; }
done

# The demo, in a tree of its own, on that file from another folder, and on one without a year.
mkdir -p copy/scripts elsewhere
cp "$tree"/scripts/demo.sh "$tree"/scripts/demo-plan.toml copy/scripts
mv trade.csv elsewhere/my_trade.csv
(cd elsewhere && ../copy/scripts/demo.sh my_trade.csv --years 2016-2017) > shown 2>&1 || fail "demo.sh my_trade.csv: $(tail -n 5 shown)"
for file in panel.h5 measures.h5 sweep.h5 sweep.html sweep-location.csv measures-location.csv; do
  [[ -s copy/demo/$file ]] || fail "the demo wrote no $file"
done
grep -q "my_trade.csv" shown || fail "the demo does not show its commands"
[[ $(tail -n +2 copy/demo/sweep-location.csv | cut -d, -f1 | sort -u | tr '\n' ' ') == "2016 2017 " ]] || fail "the demo lost the options of import"
code=0
copy/scripts/demo.sh nothing.csv > shown 2>&1 || code=$?
((code == 66)) || fail "demo.sh of a missing file ends with $code"
echo "first steps: installed in two places, README's ${#steps[@]} steps, the demo on a user's file"
