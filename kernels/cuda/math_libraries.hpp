// cuBLAS and cuSOLVER, loaded when a function of theirs is first asked for: linked, they would cost every start of the
// program .2 s and 110 MB, also where no GPU is used.
#pragma once

#include <stdexcept>
#include <string>

namespace balassa {

// A call of cuBLAS or cuSOLVER that is not in the library found, was refused or failed.
class LibraryError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class MathLibrary { kCublas, kCusolver };

// The address of a function; throws DeviceUnavailable where the library is not there, LibraryError where it lacks the
// function. Any thread.
void* math_function(MathLibrary library, const char* name);

// What the bits of cuBLAS depend on: its version, the architecture and the number of multiprocessors (the cuBLAS
// manual, "Results reproducibility"). An H100 is sold with 114 and with 132.
std::string library_name(const int (&version)[3], int major, int minor, int multiprocessors);

// How a user gets both, as a sentence and a command.
std::string math_libraries_remedy();

}  // namespace balassa

// The function as its header declares it; the inner macro spells the name that cuBLAS's headers stand for.
#define BALASSA_NAME_OF(name) #name
#define BALASSA_CUBLAS(name) \
  (reinterpret_cast<decltype(&name)>(::balassa::math_function(::balassa::MathLibrary::kCublas, BALASSA_NAME_OF(name))))
#define BALASSA_CUSOLVER(name)        \
  (reinterpret_cast<decltype(&name)>( \
      ::balassa::math_function(::balassa::MathLibrary::kCusolver, BALASSA_NAME_OF(name))))
