// A sample of a text file that is too large to be read twice: what `import` says of a panel's size before it reads it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace balassa {

// The first line and whole lines from `pieces` places spread evenly over a plain file, kSamplePiece bytes each; the
// whole text where the file is no larger. None where places can't be sought (compressed, standard input, a pipe), where
// the file is not readable, or where a line is longer than a piece. Quoted line ends may be cut.
inline constexpr std::size_t kSamplePiece = 4096;
std::optional<std::string> sample_text(const std::string& path, std::size_t pieces);

}  // namespace balassa
