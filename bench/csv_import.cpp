// Import of BACI-like text from memory, beside its floors: the same bytes only copied, and only cut into fields.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <random>

#include "io/panel/panel_builder.hpp"
#include "tests/gzip.hpp"

namespace {

using namespace balassa;

// One year of 226 exporters: 60 partners each, 3 to 400 of 5,000 products per pair, sorted as BACI is; about 65 MB.
const std::string& baci_text() {
  static const std::string text = [] {
    std::mt19937_64 random(1);
    std::string rows = "t,i,j,k,v,q\n";
    static constexpr unsigned kPerPair[] = {3, 30, 400};
    for (unsigned exporter = 4; exporter < 4 + 4 * 226; exporter += 4) {
      for (unsigned partner = 8; partner < 8 + 12 * 60; partner += 12) {
        const unsigned count = kPerPair[random() % 3];
        unsigned product = static_cast<unsigned>(random() % (5000 / count));
        for (unsigned k = 0; k < count && product < 5000;
             ++k, product += 1 + static_cast<unsigned>(random() % (10000 / count))) {
          fmt::format_to(std::back_inserter(rows), "2020,{},{},{:06},{:.3f},{:.3f}\n", exporter, partner,
                         10111 + 190 * product, static_cast<double>(random() % 10000000) / 1000,
                         static_cast<double>(random() % 1000000) / 1000);
        }
      }
    }
    return rows;
  }();
  return text;
}

void set_rate(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(bytes));
}

// Floor: the bytes reach the reader's buffer.
void copy_only(benchmark::State& state) {
  std::vector<char> block(1 << 18);
  baci_text();  // made once, outside the timing
  for (auto _ : state) {
    const auto source = text_from_memory(baci_text(), "memory");
    while (source->read(block) > 0) benchmark::DoNotOptimize(block.data());
  }
  set_rate(state, baci_text().size());
}
BENCHMARK(copy_only)->Unit(benchmark::kMillisecond);

// Floor: rows cut into fields.
void fields_only(benchmark::State& state) {
  for (auto _ : state) {
    const auto source = text_from_memory(baci_text(), "memory");
    CsvReader reader(*source, "memory");
    while (reader.next()) benchmark::DoNotOptimize(reader.fields().data());
  }
  set_rate(state, baci_text().size());
}
BENCHMARK(fields_only)->Unit(benchmark::kMillisecond);

void import_text(benchmark::State& state, const std::string& text, const ImportOptions& options) {
  for (auto _ : state) {
    const auto source = text_from_memory(text, "memory");
    CsvReader reader(*source, "memory");
    PanelBuilder builder(options);
    builder.add(reader, *source);
    benchmark::DoNotOptimize(builder.build().value.data());
  }
  set_rate(state, baci_text().size());
}

void import_plain(benchmark::State& state) {
  import_text(state, baci_text(), {});
}
BENCHMARK(import_plain)->Unit(benchmark::kMillisecond);

void import_sparse(benchmark::State& state) {
  ImportOptions options;
  options.dense_limit = 1;
  import_text(state, baci_text(), options);
}
BENCHMARK(import_sparse)->Unit(benchmark::kMillisecond);

// Wall time, since the inflating thread works beside the reader.
void import_gzip(benchmark::State& state) {
  static const std::string packed = gzip(baci_text());
  import_text(state, packed, {});
}
BENCHMARK(import_gzip)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
