#!/usr/bin/env bash
# What `cmake --install` puts in place runs from there and from wherever the tree is moved to; completion, man page and module
# file do what they are for.
#   tests/cli/install.sh BUILD_FOLDER
set -euo pipefail
build=$(realpath "${1:?usage: install.sh BUILD_FOLDER}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "install: FAILED: $*" >&2; exit 1; }

cmake --install "$build" --prefix "$work/first" >/dev/null
for file in bin/balassa share/man/man1/balassa.1 share/bash-completion/completions/balassa share/zsh/site-functions/_balassa \
  share/fish/vendor_completions.d/balassa.fish share/doc/balassa/LICENSE share/balassa/slurm/{sweep.sbatch,merge.sbatch,submit.sh}; do
  [[ -s $work/first/$file ]] || fail "$file is not there"
done

runs() {  # prefix
  "$1/bin/balassa" synth --locations 12 --products 40 --years 2017 -o "$work/panel.h5" --force --quiet
  "$1/bin/balassa" --device cpu sweep --panel "$work/panel.h5" --replicates 20 -o "$work/sweep.h5" --force --quiet >/dev/null
}
runs "$work/first"
mv "$work/first" "$work/second"
runs "$work/second"
prefix=$work/second

# As bash asks: the words of the line, the last one being completed.
completes() {  # expected candidate, words...
  local expected=$1 candidates
  shift
  candidates=$(  # whole before it is searched: grep -q leaves at the first match, and who still writes is killed
    set +eu
    . "$prefix/share/bash-completion/completions/balassa"
    cd "$work"
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    $(complete -p balassa | sed 's/.*-F \([^ ]*\).*/\1/')
    printf '%s\n' "${COMPREPLY[@]}"
  )
  grep -qx -- "$expected" <<< "$candidates" || fail "bash does not complete '$*' to $expected"
}
completes sweep balassa sw
completes --replicates balassa sweep --rep
completes --threads balassa sweep --thr
completes multinomial balassa sweep --weights mu
completes bash balassa completion ba
completes panel.h5 balassa info pan
completes panel.h5 balassa sweep --panel p
command -v zsh >/dev/null && { zsh -n "$prefix/share/zsh/site-functions/_balassa" || fail "zsh does not read its completion"; }
if command -v fish >/dev/null; then
  fish -c "source $prefix/share/fish/vendor_completions.d/balassa.fish; complete -C 'balassa sweep --weights mu'" |
    grep multinomial >/dev/null || fail "fish does not complete --weights"
fi

# Every option that any help names is in the man page.
page=$(sed 's/\\-/-/g' "$prefix/share/man/man1/balassa.1")
while read -r command; do
  while read -r flag; do
    grep -q -- "$flag" <<< "$page" || fail "the man page lacks $flag of $command"
  done < <("$prefix/bin/balassa" "$command" --help | grep -o -- '--[a-z0-9-]*' | grep -v -x -- '--help' | sort -u)
done < <("$prefix/bin/balassa" --help | sed -n '/^Subcommands:/,$p' | sed -n 's/^  \([a-z]*\) .*/\1/p')
if command -v groff >/dev/null; then
  [[ -z $(groff -man -Tutf8 -ww "$prefix/share/man/man1/balassa.1" 2>&1 >/dev/null) ]] || fail "groff warns of the man page"
fi

tried="run, moved, run again; bash completion"
for init in /usr/share/modules/init/bash; do
  [[ -r $init ]] || continue
  (
    set +eu
    . "$init"
    module use "$prefix/share/balassa/modulefiles"
    module load balassa
    [[ $(command -v balassa) == "$prefix/bin/balassa" ]] || exit 1
    [[ -x $BALASSA_SLURM/submit.sh ]] || exit 1
    module unload balassa
    [[ $(command -v balassa) != "$prefix/bin/balassa" ]]
  ) || fail "module load balassa"
  tried+="; environment module"
done
echo "install: $tried"
