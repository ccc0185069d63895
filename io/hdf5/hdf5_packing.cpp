#include "io/hdf5/hdf5_packing.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace balassa::hdf5 {
namespace {

class Packer {
 public:
  void number(std::uint64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void text(const std::string& value) {
    number(value.size());
    bytes_ += value;
  }
  template <class T>
  void array(const std::vector<T>& values) {
    number(values.size());
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Every read is bounded: the child that packed may have been led astray by a damaged file.
class Unpacker {
 public:
  explicit Unpacker(const std::string& bytes) : bytes_(bytes) {}
  bool good() const { return good_; }
  std::uint64_t number() {
    std::uint64_t value = 0;
    take(&value, 1, sizeof value);
    return value;
  }
  std::string text() {
    std::string value(bounded(number(), 1), '\0');
    take(value.data(), value.size(), 1);
    return value;
  }
  template <class T>
  std::vector<T> array() {
    std::vector<T> values(bounded(number(), sizeof(T)));
    take(values.data(), values.size(), sizeof(T));
    return values;
  }
  // A count of things that take at least `size` bytes each.
  std::size_t bounded(std::uint64_t count, std::size_t size) {
    if (count > (bytes_.size() - at_) / size) good_ = false;
    return good_ ? count : 0;
  }

 private:
  void take(void* out, std::size_t count, std::size_t size) {
    if (bounded(count, size) == 0) return;
    std::memcpy(out, bytes_.data() + at_, count * size);
    at_ += count * size;
  }
  const std::string& bytes_;
  std::size_t at_ = 0;
  bool good_ = true;
};

void pack(Packer& out, const Attributes& attributes) {
  out.number(attributes.size());
  for (const auto& [name, value] : attributes) {
    out.text(name);
    out.number(value.index());
    if (const auto* text = std::get_if<std::string>(&value)) out.text(*text);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) out.array(std::vector<std::int64_t>{*integer});
    if (const auto* real = std::get_if<double>(&value)) out.array(std::vector<double>{*real});
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value)) out.array(*integers);
    if (const auto* reals = std::get_if<std::vector<double>>(&value)) out.array(*reals);
  }
}

Attributes unpack_attributes(Unpacker& in) {
  Attributes attributes(in.bounded(in.number(), 16));
  for (auto& [name, value] : attributes) {
    name = in.text();
    const std::uint64_t kind = in.number();
    if (kind == AttributeValue(std::string()).index()) {
      value = in.text();
    } else if (kind == AttributeValue(std::int64_t{}).index()) {
      const auto one = in.array<std::int64_t>();
      value = one.empty() ? 0 : one[0];
    } else if (kind == AttributeValue(double{}).index()) {
      const auto one = in.array<double>();
      value = one.empty() ? 0.0 : one[0];
    } else if (kind == AttributeValue(std::vector<std::int64_t>()).index()) {
      value = in.array<std::int64_t>();
    } else {
      value = in.array<double>();
    }
  }
  return attributes;
}

}  // namespace

std::string pack(const Catalogue& catalogue) {
  Packer out;
  out.number(catalogue.entries.size());
  for (const Catalogue::Entry& entry : catalogue.entries) {
    out.text(entry.dataset.name);
    out.array(entry.dataset.shape);
    out.number(entry.dataset.dimensions.size());
    for (const std::string& dimension : entry.dataset.dimensions) out.text(dimension);
    out.number(static_cast<std::uint64_t>(entry.dataset.kind));
    out.text(entry.dataset.type);
    out.number(entry.dataset.scale);
    out.number(entry.dataset.anonymous);
    out.number(entry.texts.size());
    for (const std::string& text : entry.texts) out.text(text);
    out.text(entry.problem);
  }
  out.number(catalogue.attributes.size());
  for (const auto& [object, attributes] : catalogue.attributes) {
    out.text(object);
    pack(out, attributes);
  }
  return out.bytes();
}

std::optional<Catalogue> unpack(const std::string& bytes) {
  Unpacker in(bytes);
  Catalogue catalogue;
  catalogue.entries.resize(in.bounded(in.number(), 64));
  for (Catalogue::Entry& entry : catalogue.entries) {
    entry.dataset.name = in.text();
    entry.dataset.shape = in.array<std::size_t>();
    entry.dataset.dimensions.resize(in.bounded(in.number(), 8));
    for (std::string& dimension : entry.dataset.dimensions) dimension = in.text();
    entry.dataset.kind = static_cast<ResultReader::Dataset::Kind>(std::min<std::uint64_t>(in.number(), 2));
    entry.dataset.type = in.text();
    entry.dataset.scale = in.number() != 0;
    entry.dataset.anonymous = in.number() != 0;
    entry.texts.resize(in.bounded(in.number(), 8));
    for (std::string& text : entry.texts) text = in.text();
    entry.problem = in.text();
    if (entry.dataset.dimensions.size() != entry.dataset.shape.size()) return std::nullopt;
  }
  const std::size_t objects = in.bounded(in.number(), 16);
  for (std::size_t i = 0; i < objects; ++i) {
    const std::string object = in.text();
    catalogue.attributes[object] = unpack_attributes(in);
  }
  if (!in.good()) return std::nullopt;
  return catalogue;
}

}  // namespace balassa::hdf5
