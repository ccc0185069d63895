#include "kernels/scenario/orientation.hpp"

namespace balassa {

bool sign_ambiguous(const SignVotes& votes, int applied) {
  const int vote[] = {votes.diversity * applied, votes.ubiquity * applied, votes.reflection * applied};
  int in_favour = 0;
  for (const int v : vote) {
    if (v < 0) return true;
    in_favour += v;
  }
  return in_favour == 0;
}

}  // namespace balassa
