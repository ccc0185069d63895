// How a fuzz target says that a promise was broken: the message, and an abort that the fuzzer keeps the input of.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace balassa::fuzz {

[[noreturn]] inline void violation(const std::string& message) {
  std::fprintf(stderr, "broken promise: %s\n", message.c_str());
  std::abort();
}

inline void expect(bool holds, const std::string& message) {
  if (!holds) violation(message);
}

// What every message of an Error is: one line.
inline void expect_one_line(const char* message) {
  for (const char* c = message; *c != '\0'; ++c) {
    if (static_cast<unsigned char>(*c) < 0x20) violation(std::string("control character in: ") + message);
  }
}

}  // namespace balassa::fuzz
