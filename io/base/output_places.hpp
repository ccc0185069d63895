// Where a command may write. Checked before any work is done; nothing is left behind.
#pragma once

#include <string>
#include <vector>

namespace balassa {

// Refuses an output that is the file of an input, by whatever name or link, or the file of another output: writing it
// would destroy what was read. Refuses a name from which the names beside it (OUTPUT.manifest.json, temporaries) would
// be too long. `inputs`: "-" is standard input, "" is none. `outputs`: all names that will be made, manifests and work
// files too; "-" and "" are none. Throws Error kCannotCreate, --force or not.
void require_apart(const std::vector<std::string>& inputs, const std::vector<std::string>& outputs);

// Refuses what cannot become a new file that is renamed into place: as require_absent, and a device or FIFO.
void require_new_file(const std::string& path, bool force);

}  // namespace balassa
