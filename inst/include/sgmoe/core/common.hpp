// Names that every part of the core uses, and the errors it throws.
#ifndef SGMOE_COMMON_HPP
#define SGMOE_COMMON_HPP

// The pass over the rows does its own threading (pass.hpp); a parallel product
// inside a thread would break the promise of bit-identical results.
#ifndef EIGEN_DONT_PARALLELIZE
#define EIGEN_DONT_PARALLELIZE
#endif

#include "separate.hpp"

#include <Eigen/Dense>

#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace sgmoe {

using Index = Eigen::Index;
using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using ConstMatrixRef = Eigen::Ref<const Matrix>;
using ConstVectorRef = Eigen::Ref<const Vector>;

/// An argument that the core cannot work with: "where: what, got, expected".
class InputError : public std::invalid_argument {
public:
  using std::invalid_argument::invalid_argument;
};

/// Throws InputError unless two sizes agree.
inline void require_size(const char *where, const char *what, Index got,
                         Index expected) {
  if (got == expected)
    return;
  std::ostringstream message;
  message << where << ": " << what << " has size " << got << ", expected "
          << expected;
  throw InputError(message.str());
}

/// The quadratic model that a logit block steps by: the papers' fixed bound, or
/// the block's own information. Of the sums that a pass collects: none, so that
/// the experts' curvature is that of an earlier pass (adopt_curvature()), the
/// Gram matrices, or these and the information of logit blocks.
enum class Curvature { none, bound, fisher };

/// How much of the bound is in the curvature that a logit block steps by: one
/// is the bound itself; less is the Fisher curvature plus that share of the
/// bound. The least share keeps the system regular where probabilities reach
/// zero or one and changes the rate of convergence by as little; a larger one
/// damps steps that overshoot. None, for the first step of a start: the
/// quadratic is taken as it is. (A least share of 1e-7 doubled to centupled the
/// passes on separable sets, see bench/separation.R.)
struct BoundShare {
  static constexpr double kLeast = 1e-4;
  double value;

  BoundShare(Curvature curvature)
      : value(curvature == Curvature::bound ? 1.0 : kLeast) {}
  explicit BoundShare(double share) : value(share) {}
};

/// What a maximisation did to the experts beside moving them.
struct ExpertReport {
  std::vector<bool> starved; // kept as it was: almost no weight
  std::vector<bool> floored; // variance held at its floor
  double gain = 0.0;         // promised by the surrogate
};

/// The information matrix of a block of coefficients (the last class the
/// reference), and the weighted Gram matrix of its design.
struct BlockInformation {
  Matrix information, gram;
};

} // namespace sgmoe

#endif
