// Part of every test program: it and the programs that it starts run on the CPU unless a test names another device.
// `auto` would take a GPU where there is one, and a test that compares it with the CPU would compare nothing.
#include <cstdlib>

namespace {
[[maybe_unused]] const int kNamed = setenv("BALASSA_DEVICE", "cpu", 1);
}  // namespace
