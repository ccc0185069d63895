#!/usr/bin/env bash
# Packs what a bare machine with a GPU needs to check it with scripts/gpu_check.sh --prebuilt: balassa, bench_gpu with its
# variants and the CUDA tests, for compute capability 9.0, with no other library than libc, libstdc++ and CUDA's. From a
# clean clone of HEAD.
#   scripts/gpu_pack.sh [--without-variants] [--build DIR] [--out FILE]
#     --build DIR   where to build, kept; a build that is there goes on; default: build/gpu_pack
#     --out FILE    default: .gpu/gpu.tar.xz
# Needs nvcc. With -j jobs from JOBS (default 1): each CUDA file takes a core and 2 GiB for minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

variants=bench_gpu_variants
build=$PWD/build/gpu_pack
archive=.gpu/gpu.tar.xz
while (($# > 0)); do
  case "$1" in
    --without-variants) variants=; shift ;;
    --build) build=$(realpath -m "${2:?gpu_pack: --build needs a folder}"); shift 2 ;;
    --out) archive=${2:?gpu_pack: --out needs a file}; shift 2 ;;
    *) sed -n '2,9p' "$0" >&2; exit 64 ;;
  esac
done
most_bytes=40000000

left_out=$(git status --porcelain)
if [[ -n $left_out ]]; then printf 'gpu_pack: not committed, and so not packed:\n%s\n' "$left_out" >&2; fi
commit=$(git rev-parse HEAD)
mkdir -p "$build"
if [[ -d $build/source/.git ]]; then
  git -C "$build/source" fetch --quiet origin "$commit"
else
  git clone --quiet --no-checkout . "$build/source"
fi
git -C "$build/source" checkout --quiet --force --detach "$commit"
git -C "$build/source" clean -qxdf

launcher=()
if command -v ccache >/dev/null; then
  export CCACHE_BASEDIR=$build/source
  for language in C CXX CUDA; do launcher+=("-DCMAKE_${language}_COMPILER_LAUNCHER=ccache"); done
fi
cmake -S "$build/source" -B "$build/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBALASSA_PORTABLE=ON -DBALASSA_BENCH=ON \
  -DBALASSA_CUDA=ON -DBALASSA_MPI=OFF -DCMAKE_CUDA_ARCHITECTURES=90-real "${launcher[@]}"
programs=(balassa test_gpu bench_gpu)
cmake --build "$build/build" -j "${JOBS:-1}" --target "${programs[@]}" $variants
if [[ -n $variants ]]; then
  for program in "$build/build/bin"/bench_gpu_*; do programs+=("$(basename "$program")"); done
fi

folder=$build/packed
rm -rf "$folder"
mkdir -p "$folder" "$(dirname "$archive")"
for program in "${programs[@]}"; do
  strip -o "$folder/$program" "$build/build/bin/$program"
  # Not libc's own and not the compiler's, which every system has; CUDA's are the machine's.
  ldd "$folder/$program" |
    awk '$3 ~ "^/" && $1 !~ "^(libc|libm|libdl|librt|libpthread|libstdc[+][+]|libgcc_s)[.]so|^lib(cu|nv)" { print $1, $3 }' |
    while read -r name file; do cp -L "$file" "$folder/$name"; done
done
cp "$build/source/scripts/gpu_check.sh" "$build/source/scripts/gpu_find_step.py" "$folder"
glibc=$(objdump -T "${programs[@]/#/$folder/}" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -1)
cat >"$folder/manifest.txt" <<END
commit $commit, $(git log -1 --format=%cs "$commit")
$(nvcc --version | grep release), for compute capability 9.0
needs ${glibc/_/ }, a driver that serves that CUDA; cuBLAS and cuSOLVER for compute, gemm arithmetic and the yardstick
END

# One after the other in the order of their likeness, within a dictionary that holds three of them.
cd "$folder"
files=(manifest.txt gpu_check.sh gpu_find_step.py)
for library in *.so*; do [[ -e $library ]] && files+=("$library"); done
tar --owner=0 --group=0 --numeric-owner --mtime="@$(git -C "$build/source" log -1 --format=%ct)" -cf - "${files[@]}" \
  "${programs[@]}" | xz -T1 --lzma2=preset=9,dict=128MiB >"$build/gpu.tar.xz"
cd - >/dev/null
mv "$build/gpu.tar.xz" "$archive"
bytes=$(stat -c %s "$archive")
cat "$folder/manifest.txt"
(cd "$folder" && du -b --apparent-size -- *)
echo "$archive: $bytes bytes"
if ((bytes > most_bytes)); then
  echo "gpu_pack: $archive: found $bytes bytes, expected at most $most_bytes; leave the variants out" >&2
  exit 1
fi
