// What a mixture says of rows, whatever the family.
#ifndef SGMOE_ROW_VALUES_HPP
#define SGMOE_ROW_VALUES_HPP

#include "../core/common.hpp"

namespace sgmoe {

/// What is asked of each row; a sum of them is asked for at once.
namespace row_part {
constexpr unsigned gate = 1, expert = 2, posterior = 4;
}

/// What a mixture says of each row; what was not asked for is empty.
struct RowValues {
  Matrix gate;      // probabilities, n x K
  Matrix expert;    // the experts' means, n x q K, on the working scale of the
                    // response; for classes, their probabilities, n x M K
  Matrix posterior; // probabilities, n x K
  Vector log_density; // of the mixture; comes with the posteriors
};

} // namespace sgmoe

#endif
