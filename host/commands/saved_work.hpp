// A sweep's saved work in words: a shard, or what an unfinished run has left beside its output (FORMATS section 7).
#pragma once

#include <string>

namespace balassa {

// What the file of work holds, how far it is, and the command that goes on with it. Throws Error as WorkReader does.
std::string saved_work_text(const std::string& path);

// The file of work that lies beside an output which is not there yet; "": none.
std::string work_beside(const std::string& output);

}  // namespace balassa
