// Tables of text as panels, as `import` reads them.
#pragma once

#include <string>
#include <vector>

#include "host/terminal/manifest.hpp"
#include "io/panel/panel_builder.hpp"

namespace balassa {

// Reads tables into one panel, and says on stderr what it reads and how.
Panel import_tables(const std::vector<std::string>& inputs, const ImportOptions& options, bool quiet,
                    Manifest& manifest, ImportSummary& summary);

// For a command that takes a panel and was given a table: the panel that `import` makes of it with its defaults, with
// its remarks. The manifest gets `import`, as that of `import` has it. An error names the command that has the options.
Panel import_on_the_fly(const std::string& table, bool quiet, Manifest& manifest);

}  // namespace balassa
