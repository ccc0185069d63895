#include "io/hdf5/written_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "io/base/content_hash.hpp"
#include "io/hdf5/hdf5.hpp"
#include "io/hdf5/hdf5_handle.hpp"
#include "io/hdf5/hdf5_numbers.hpp"

namespace balassa {
namespace {

std::string hash_of(const void* data, std::size_t bytes) {
  return text_hash({static_cast<const char*>(data), bytes});
}

}  // namespace

void WrittenParts::add(const std::string& dataset, const std::vector<hsize_t>& offset,
                       const std::vector<hsize_t>& count, hid_t type, const void* values, std::size_t bytes) {
  parts_.push_back({dataset, offset, count, type, hash_of(values, bytes)});
}

void WrittenParts::add_chunk(const std::string& dataset, const std::vector<hsize_t>& offset, std::size_t bytes,
                             const std::string& hash) {
  parts_.push_back({dataset, offset, {}, -1, hash, bytes});
}

void WrittenParts::add(const std::string& dataset, const std::vector<hsize_t>& shape,
                       const std::vector<std::string>& texts) {
  ContentHash hash;
  hash.add(texts);
  parts_.push_back({dataset, {}, shape, -1, hash.hex()});
}

// The hash of one part as it is in the file.
std::string WrittenParts::read_back(hid_t data, const Part& part, const std::string& where) {
  hsize_t size = 1;
  for (const hsize_t axis : part.count) size *= axis;
  bool good = true;
  if (part.packed > 0) {
    hsize_t stored = 0;
    good = H5Dget_chunk_storage_size(data, part.offset.data(), &stored) >= 0;
    if (good && stored != part.packed) return {};
    std::vector<char> bytes(part.packed);
    std::uint32_t skipped = 0;  // filters
    good = good && H5Dread_chunk(data, H5P_DEFAULT, part.offset.data(), &skipped, bytes.data()) >= 0 && skipped == 0;
    if (good) return hash_of(bytes.data(), bytes.size());
  } else if (part.type < 0) {
    const hdf5::Type type = hdf5::text_type();
    const hdf5::Space space(H5Dget_space(data));
    std::vector<char*> pointers(size, nullptr);
    good = size == 0 || H5Dread(data, type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) >= 0;
    std::vector<std::string> texts;
    for (const char* pointer : pointers) texts.emplace_back(pointer == nullptr ? "" : pointer);
    if (size > 0) H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, pointers.data());
    ContentHash content;
    content.add(texts);
    if (good) return content.hex();
  } else {
    const hdf5::Space in_file(H5Dget_space(data));
    const hdf5::Space in_memory(hdf5::space_of(part.count));
    std::vector<char> values(size * H5Tget_size(part.type));
    if (size > 0 && !part.count.empty()) {
      good = H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, part.offset.data(), nullptr, part.count.data(),
                                 nullptr) >= 0;
    }
    good = good &&
           (size == 0 || H5Dread(data, part.type, in_memory.get(), in_file.get(), H5P_DEFAULT, values.data()) >= 0);
    if (good) return hash_of(values.data(), values.size());
  }
  hdf5::fail(ExitCode::kIo, where, "cannot be read back");
}

void WrittenParts::verify(const std::string& path, const std::string& written_to,
                          const std::function<void(std::size_t, std::size_t)>& progress) {
  const hdf5::Properties access = hdf5::file_access();
  const hdf5::File again(H5Fopen(written_to.c_str(), H5F_ACC_RDONLY, access.get()));
  if (!again) hdf5::fail(ExitCode::kIo, path, "cannot be read back");
  // Dataset by dataset, each opened once.
  std::stable_sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) { return a.dataset < b.dataset; });
  hdf5::Data data;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    const std::string where = fmt::format("{}:/{}", path, part.dataset);
    if (i == 0 || part.dataset != parts_[i - 1].dataset) {
      data = hdf5::Data(H5Dopen2(again.get(), part.dataset.c_str(), H5P_DEFAULT));
    }
    if (!data) hdf5::fail(ExitCode::kIo, where, "cannot be read back");
    if (read_back(data.get(), part, where) != part.hash) {
      throw Error(ExitCode::kIo, fmt::format("{}: reads back other than it was written; check the disk", where));
    }
    if (progress) progress(i + 1, parts_.size());
  }
}

}  // namespace balassa
