// cuBLAS and cuSOLVER are loaded on demand: what the toolkit of this build has is found, and nothing is linked.
#include "kernels/cuda/math_libraries.hpp"

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

}  // namespace
}  // namespace balassa
