// cuBLAS and cuSOLVER are loaded on demand: what the toolkit of this build has is found, and nothing is linked.
#include "kernels/cuda/library_handles.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>

#include <cstdio>
#include <memory>
#include <string>

namespace balassa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MathLibraries, FunctionsAreThoseOfTheLibraries) {
  for (const auto& [library, name, file] :
       {std::tuple{MathLibrary::kCublas, "cublasDsyrk_v2", "libcublas.so"},
        std::tuple{MathLibrary::kCusolver, "cusolverDnXsyevdx", "libcusolver.so"}}) {
    Dl_info found{};
    ASSERT_NE(dladdr(math_function(library, name), &found), 0) << name;
    EXPECT_STREQ(found.dli_sname, name);
    EXPECT_THAT(found.dli_fname, HasSubstr(file));
  }
}

TEST(MathLibraries, AFunctionThatIsNotThereIsNamed) {
  try {
    math_function(MathLibrary::kCusolver, "cusolverDnOfNoVersion");
    FAIL() << "found";
  } catch (const LibraryError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cusolverDnOfNoVersion"));
  }
}

TEST(MathLibraries, TheProgramIsNotLinkedWithThem) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen("ldd " BALASSA_PROGRAM, "r"), pclose);
  std::string text;
  for (char line[512]; std::fgets(line, sizeof line, pipe.get()) != nullptr;) text += line;
  EXPECT_THAT(text, HasSubstr("libc.so"));
  EXPECT_THAT(text, Not(HasSubstr("libcublas")));
  EXPECT_THAT(text, Not(HasSubstr("libcusolver")));
}

// Two cards of one architecture whose cuBLAS gives different bits have different names.
TEST(MathLibraries, TheNameHoldsWhatTheBitsDependOn) {
  EXPECT_EQ(library_name({13, 0, 2}, 9, 0, 132), "cuBLAS 13.0.2, sm_90, 132 multiprocessors");
  EXPECT_NE(library_name({13, 0, 2}, 9, 0, 132), library_name({13, 0, 2}, 9, 0, 114));
}

// A routine without a deterministic algorithm is called again and known for it; other failures are not.
TEST(MathLibraries, WhatHasNoDeterministicAlgorithmIsCalledAgain) {
  Determinism determinism;
  bool allowed = false;
  int calls = 0;
  const auto call = [&](cusolverStatus_t status) {
    return determinism.judge(status, "routine", [&] { return allowed = true, CUSOLVER_STATUS_SUCCESS; });
  };
  EXPECT_EQ(call(CUSOLVER_STATUS_SUCCESS), CUSOLVER_STATUS_SUCCESS);
  EXPECT_EQ(call(CUSOLVER_STATUS_INVALID_VALUE), CUSOLVER_STATUS_INVALID_VALUE);
  EXPECT_TRUE(determinism.held());
  EXPECT_FALSE(allowed);
  with_either_algorithm([&] {
    ++calls;
    EXPECT_EQ(call(allowed ? CUSOLVER_STATUS_SUCCESS : CUSOLVER_STATUS_NOT_SUPPORTED), CUSOLVER_STATUS_SUCCESS);
  });
  EXPECT_EQ(calls, 2);
  EXPECT_FALSE(determinism.held());
  EXPECT_EQ(call(CUSOLVER_STATUS_NOT_SUPPORTED), CUSOLVER_STATUS_NOT_SUPPORTED);
  Determinism refused;
  EXPECT_EQ(refused.judge(CUSOLVER_STATUS_NOT_SUPPORTED, "routine", [] { return CUSOLVER_STATUS_INTERNAL_ERROR; }),
            CUSOLVER_STATUS_INTERNAL_ERROR);
}

}  // namespace
}  // namespace balassa
