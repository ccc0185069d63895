#!/bin/sh
# Programs with the imitated GPU have neither a CUDA kernel nor the CUDA runtime in them: they would use a real GPU.
for program in "$@"; do
  symbols=$(nm -C "$program") || exit 1
  if echo "$symbols" | grep -m1 -E 'cudaRegisterFatBinary|__device_stub__'; then
    echo "$program: found CUDA's own, expected the imitation alone"
    exit 1
  fi
done
