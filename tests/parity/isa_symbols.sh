#!/bin/sh
# No inline function of the AVX2 or AVX-512 copies may bear a name that another object shares: the linker keeps one of
# them, and a machine without these instructions would die in it. $1: libbalassa_kernels.a
bad=0
for object in scenario_avx2 scenario_avx512 scenario_avx512vbmi spectral_avx2 spectral_avx512 spectral_avx512vbmi; do
  isa=${object#*_}
  # nm leaves a few names of nested lambdas mangled
  shared=$(nm -C --defined-only "$1" 2>/dev/null | awk -v object="$object.cpp.o:" -v name="balassa::$isa::" -v mangled="7balassa${#isa}$isa" '
    /:$/ { inside = ($1 == object); next }
    inside && ($2 == "W" || $2 == "V" || $2 == "u") && index($0, name) == 0 && index($0, mangled) == 0 { print }')
  seen=$(nm -C --defined-only "$1" 2>/dev/null | grep -c "^$object.cpp.o:")
  [ "$seen" = 1 ] || { echo "no $object.cpp.o in $1"; bad=1; }
  [ -z "$shared" ] || { echo "shared names in $object.cpp.o:"; echo "$shared"; bad=1; }
done
exit $bad
