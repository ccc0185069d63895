#include "io/text/file_kinds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <vector>

#include "io/base/error.hpp"

namespace balassa {
namespace {

using namespace std::string_view_literals;

// A kind of file: its first bytes, what it is called, what to do, and what of pandas reads it. FILE becomes the name.
struct Kind {
  std::string_view start;
  const char* what;
  const char* advice;
  const char* by_pandas = "";
};

// Read outside: Debian 12 has no Arrow for C++, and a pipe takes as long as the CSV itself (FORMATS 1).
constexpr const char* kParquet =
    "python3 -c \"import sys; from pyarrow import csv, parquet; csv.write_csv(parquet.read_table('FILE'), "
    "sys.stdout.buffer)\" | balassa import - -o panel.h5 (needs pip install pyarrow)";
constexpr const char* kByArrow =
    "python3 -c \"import sys; from pyarrow import csv, feather; csv.write_csv(feather.read_table('FILE'), "
    "sys.stdout.buffer)\" | balassa import - -o panel.h5 (needs pip install pyarrow)";
constexpr const char* kStata = "in Stata: export delimited";
constexpr const char* kStataByPandas = "pandas.read_stata('FILE', convert_categoricals=False)";
constexpr const char* kR =
    "Rscript -e \"write.csv(readRDS('FILE'), stdout(), row.names=FALSE)\" | balassa import - -o panel.h5";
constexpr const char* kRImage = "open it in R with load('FILE'), and write.csv(TABLE, 'trade.csv', row.names=FALSE)";
constexpr const char* kUtf16 = "iconv -f UTF-16 -t UTF-8 'FILE' | balassa import - -o panel.h5";
constexpr const char* kExcel = "save the sheet as CSV (UTF-8)";
// As texts: codes keep their zeros, and NA stays Namibia.
constexpr const char* kExcelByPandas = "pandas.read_excel('FILE', dtype=str, keep_default_na=False)";

// The next kind goes here.
constexpr Kind kFiles[] = {
    {"\xfd"
     "7zXZ\0"sv,
     "an xz file", "xz -dc 'FILE' | balassa import - -o panel.h5"},
    {"BZh"sv, "a bzip2 file", "bzip2 -dc 'FILE' | balassa import - -o panel.h5"},
    {"7z\xBC\xAF"sv, "a 7-Zip file", "7z e -so 'FILE' | balassa import - -o panel.h5"},
    {"\x89HDF\r\n\x1a\n"sv, "an HDF5 file",
     "a panel goes to compute or sweep as it is, of other datasets make one with --value-name DATASET, and a table of "
     "pandas goes through a pipe",
     "pandas.read_hdf('FILE')"},
    {"CDF\x01"sv, "a netCDF-3 file", "nccopy -k nc4 'FILE' trade.nc, and import that with --value-name DATASET"},
    {"CDF\x02"sv, "a netCDF-3 file", "nccopy -k nc4 'FILE' trade.nc, and import that with --value-name DATASET"},
    {"PAR1"sv, "a Parquet file", kParquet},
    {"ARROW1"sv, "an Arrow (Feather) file", kByArrow},
    {"FEA1"sv, "a Feather file", kByArrow},
    {"\xd0\xcf\x11\xe0"sv, "an old Excel file", kExcel, kExcelByPandas},
    {"\xff\xfe"sv, "UTF-16 text", kUtf16},
    {"\xfe\xff"sv, "UTF-16 text", kUtf16},
    {"<stata_dta>"sv, "a Stata file", kStata, kStataByPandas},
    {"$FL2"sv, "an SPSS file", "in SPSS: File, Save as, CSV"},
    {"$FL3"sv, "an SPSS file", "in SPSS: File, Save as, CSV"},
    {"RDX2\n"sv, "R's data", kRImage},
    {"RDX3\n"sv, "R's data", kRImage},
    {"X\n\0\0\0"sv, "R's data (RDS)", kR},
    {"SQLite format 3\0"sv, "an SQLite database", "sqlite3 -csv -header 'FILE' 'select * from TABLE' > trade.csv"},
    {"%PDF"sv, "a PDF", "look for the table as CSV where the PDF came from"},
};

constexpr const char* kJson = "make a table of its records";
constexpr const char* kJsonByPandas =
    "t = __import__('json').load(open('FILE')); pandas.DataFrame(t['data'] if 'data' in t else t)";
constexpr const char* kHtml = "the server sent a page in place of the table: fetch the file again";
constexpr const char* kXml = "fetch the table as CSV; SDMX servers send it with format=csvdata or sdmx-csv";

[[noreturn]] void refuse(const std::string& name, std::string_view what, std::string advice,
                         const std::string& by_pandas = "") {
  if (!by_pandas.empty()) {
    advice += fmt::format(
        "; in a shell: python3 -c \"import sys, pandas; {}.to_csv(sys.stdout, index=False)\" | balassa import - -o "
        "panel.h5",
        by_pandas);
  }
  for (std::size_t at = advice.find("FILE"); at != std::string::npos; at = advice.find("FILE", at + name.size())) {
    advice.replace(at, 4, name);
  }
  throw Error(ExitCode::kBadData, fmt::format("{}: found {}, expected CSV text in UTF-8; {}", name, what, advice));
}

// Stata before 13: the release, the order of bytes (1 or 2), 1, 0.
bool is_old_stata(std::string_view head) {
  return head.size() > 4 && head[0] >= 0x69 && head[0] <= 0x73 && (head[1] == 1 || head[1] == 2) && head[2] == 1 &&
         head[3] == 0;
}

// ---- zip -----------------------------------------------------------------------------------------------------------
struct Member {
  std::string name;
  std::uint64_t bytes;
};

std::uint64_t little_endian(std::string_view text, std::size_t at, std::size_t bytes) {
  std::uint64_t number = 0;
  for (std::size_t k = bytes; k-- > 0;) number = number << 8 | static_cast<unsigned char>(text[at + k]);
  return number;
}

// Members of a zip by its directory, which stands at its end; none where the file can't be sought in.
std::vector<Member> members_of(const std::string& path) {
  constexpr std::uint64_t kTail = 1 << 20;  // a directory of some ten thousand members
  constexpr std::size_t kEntry = 46;        // bytes of an entry before its name
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const auto size = static_cast<std::uint64_t>(std::max<std::streamoff>(file.tellg(), 0));
  std::string tail(std::min(size, kTail), '\0');
  file.seekg(-static_cast<std::streamoff>(tail.size()), std::ios::end);
  file.read(tail.data(), static_cast<std::streamsize>(tail.size()));
  std::vector<Member> members;
  for (std::size_t at = tail.find("PK\x01\x02"); at != std::string::npos && at + kEntry < tail.size();
       at = tail.find("PK\x01\x02", at + kEntry)) {
    const std::string name = tail.substr(at + kEntry, little_endian(tail, at + 28, 2));
    if (!name.ends_with('/')) members.push_back({name, little_endian(tail, at + 24, 4)});
  }
  return members;
}

[[noreturn]] void refuse_zip(std::string_view head, const std::string& name) {
  const bool excel = head.find("[Content_Types].xml") != std::string_view::npos ||
                     head.find("xl/") != std::string_view::npos || head.find("docProps/") != std::string_view::npos;
  if (excel) refuse(name, "an Excel file", kExcel, kExcelByPandas);
  if (head.find("opendocument") != std::string_view::npos) refuse(name, "a LibreOffice file", kExcel, kExcelByPandas);
  const std::vector<Member> members = members_of(name);
  const auto largest = std::max_element(members.begin(), members.end(),
                                        [](const Member& a, const Member& b) { return a.bytes < b.bytes; });
  if (largest == members.end()) {
    refuse(name, "a zip file",
           "unzip -l 'FILE' lists what it holds; take one file out: unzip -p 'FILE' MEMBER | balassa import - -o "
           "panel.h5");
  }
  const std::string several =
      members.size() == 1 ? ""
                          : fmt::format(" (it holds {} files; a pattern such as '{}*' takes several)", members.size(),
                                        largest->name.substr(0, largest->name.find_first_of("_-.")));
  refuse(
      name, "a zip file",
      fmt::format("take one file out: unzip -p 'FILE' '{}' | balassa import - -o panel.h5{}", largest->name, several));
}

}  // namespace

void refuse_other_files(std::string_view head, const std::string& name) {
  if (head.starts_with("PK\x03\x04"sv)) refuse_zip(head, name);
  for (const Kind& kind : kFiles) {
    if (head.starts_with(kind.start)) refuse(name, kind.what, kind.advice, kind.by_pandas);
  }
  if (is_old_stata(head)) refuse(name, "a Stata file", kStata, kStataByPandas);
}

void refuse_other_contents(std::string_view start, const std::string& name) {
  refuse_other_files(start, name);
  if (start.find('\0') != std::string_view::npos) refuse(name, "binary data", "export the table as CSV (UTF-8)");
  const std::size_t first = start.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  const std::string_view text = first == std::string_view::npos ? "" : start.substr(first, 200);
  const std::size_t second = text.size() < 2 ? std::string_view::npos : text.find_first_not_of(" \t\r\n", 1);
  if (second != std::string_view::npos) {
    const std::string_view rest = text.substr(second);
    const bool object = text[0] == '{' && (rest[0] == '"' || rest[0] == '}');
    if (object || (text[0] == '[' && (rest[0] == '{' || rest[0] == '['))) refuse(name, "JSON", kJson, kJsonByPandas);
  }
  if (text.starts_with("<?xml")) refuse(name, "XML", kXml);
  if (text.starts_with("<!DOCTYPE") || text.starts_with("<!doctype") || text.starts_with("<html") ||
      text.starts_with("<HTML") || text.starts_with("<head"))
    refuse(name, "a web page (HTML)", kHtml);
}

}  // namespace balassa
