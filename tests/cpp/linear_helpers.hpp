// Sums of the linear block, for its own tests and those of its anchor.
#ifndef SGMOE_TEST_LINEAR_HELPERS_HPP
#define SGMOE_TEST_LINEAR_HELPERS_HPP

#include "helpers.hpp"

#include <sgmoe/block/linear.hpp>

namespace test {

struct LinearProblem {
  sgmoe::Matrix design, response, weights;

  sgmoe::LinearStatistic sums(const sgmoe::LinearBlock &block,
                              const sgmoe::Matrix &anchor) const {
    sgmoe::LinearStatistic result = block.statistic();
    sgmoe::Matrix residuals;
    sgmoe::Scratch scratch;
    block.residuals(design, response, anchor, residuals);
    block.accumulate(design, weights, residuals, scratch, result);
    return result;
  }
};

} // namespace test

#endif
