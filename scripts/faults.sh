#!/usr/bin/env bash
# Kills sweeps at random moments and prints the table: moments, how many went on from saved work, whether results are equal.
#   scripts/faults.sh [kills]     default 200; needs a build with tests (BALASSA_BUILD, default build/cpu)
set -euo pipefail
cd "$(dirname "$0")/.."

build=${BALASSA_BUILD:-build/cpu}
export BALASSA_KILLS=${1:-200}
"$build/bin/test_faults" --gtest_filter="*Kill*" --gtest_brief=1
