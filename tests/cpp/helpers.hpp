// Random data and small tools for the tests of the core. Include it before any
// header of the core: it makes Eigen's assertions throw, so that a broken
// bound fails one test, with its random seed, and does not abort them all.
#ifndef SGMOE_TESTS_HELPERS_HPP
#define SGMOE_TESTS_HELPERS_HPP

#ifdef EIGEN_CORE_H
#error "helpers.hpp must come before Eigen"
#endif

#include <stdexcept>

namespace test {

struct AssertionError : std::logic_error {
  using std::logic_error::logic_error;
};

inline void require_assertion(bool holds, const char *text) {
  if (!holds)
    throw AssertionError(text);
}

} // namespace test

#define eigen_assert(condition)                                                \
  test::require_assertion(static_cast<bool>(condition), #condition)

#include <catch.h>
#include <sgmoe/family/gaussian.hpp>
#include <sgmoe/model/mixture.hpp>

#include <cmath>
#include <random>
#include <vector>

namespace test {

using sgmoe::Index;
using sgmoe::Matrix;
using sgmoe::Vector;

using Random = std::mt19937_64;
using GaussianMixture = sgmoe::Mixture<sgmoe::Gaussian>;
using GaussianTheta = sgmoe::Parameters<sgmoe::Gaussian>;

inline double uniform(Random &random, double low = 0.0, double high = 1.0) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

/// low, ..., high
inline Index integer(Random &random, Index low, Index high) {
  return std::uniform_int_distribution<Index>(low, high)(random);
}

inline Matrix normal(Random &random, Index rows, Index columns) {
  std::normal_distribution<double> draw;
  Matrix result(rows, columns);
  for (Index j = 0; j < columns; ++j)
    for (Index i = 0; i < rows; ++i)
      result(i, j) = draw(random);
  return result;
}

inline Vector positive(Random &random, Index size) {
  return (0.5 * normal(random, size, 1).array()).exp().matrix();
}

/// An intercept and standard normal columns.
inline Matrix design(Random &random, Index rows, Index columns) {
  Matrix result = normal(random, rows, columns);
  result.col(0).setOnes();
  return result;
}

/// Rows of probabilities; the larger `spread`, the nearer to zero and one.
inline Matrix posterior(Random &random, Index rows, Index classes,
                        double spread = 1.0) {
  Matrix result = (spread * normal(random, rows, classes)).array().exp();
  result.array().colwise() /= result.rowwise().sum().array().eval();
  return result;
}

/// Coefficients whose rows sum to zero.
inline Matrix sum_zero(Matrix coefficients) {
  coefficients.colwise() -= Vector(coefficients.rowwise().mean());
  return coefficients;
}

inline Matrix positive_definite(Random &random, Index size) {
  const Matrix root = normal(random, size, size + 2);
  return root * root.transpose() / static_cast<double>(size) +
         0.1 * Matrix::Identity(size, size);
}

/// Takes an instruction set for as long as it lives.
class Using {
public:
  explicit Using(const char *name) : before_(sgmoe::kernels::use().name) {
    REQUIRE(sgmoe::kernels::choose(name));
  }
  ~Using() { sgmoe::kernels::choose(before_); }

private:
  const char *before_;
};

/// The largest difference, relative to the largest entry where above one.
inline double difference(const Matrix &left, const Matrix &right) {
  REQUIRE(left.rows() == right.rows());
  REQUIRE(left.cols() == right.cols());
  if (left.size() == 0)
    return 0.0;
  const double scale = std::max(1.0, right.cwiseAbs().maxCoeff());
  return (left - right).cwiseAbs().maxCoeff() / scale;
}

/// Richardson-extrapolated central differences, error of order width^4.
template <class Function>
Vector numerical_gradient(const Function &function, const Vector &point,
                          double width = 1e-3) {
  Vector gradient(point.size());
  const auto slope = [&](Index i, double by) {
    Vector left = point, right = point;
    left(i) -= by;
    right(i) += by;
    return (function(right) - function(left)) / (2.0 * by);
  };
  for (Index i = 0; i < point.size(); ++i)
    gradient(i) = (4.0 * slope(i, width / 2) - slope(i, width)) / 3.0;
  return gradient;
}

/// A data set that owns its memory; rows() is valid as long as it lives.
struct Data {
  Matrix gate, expert, response;
  Vector weights; // empty: all one
  Matrix offset;  // no columns: nothing
  bool same_design = true;

  static sgmoe::Columns view(const Matrix &values) {
    return {
        Eigen::Map<const Matrix>(values.data(), values.rows(), values.cols()),
        Vector::Zero(values.cols()), Vector::Ones(values.cols())};
  }

  sgmoe::Rows rows() const {
    return {
        view(gate),
        view(expert),
        view(response),
        Eigen::Map<const Vector>(weights.data(), weights.size()),
        Eigen::Map<const Matrix>(offset.data(), offset.rows(), offset.cols()),
        same_design};
  }

  const Matrix &expert_design() const { return same_design ? gate : expert; }

  Data slice(Index first, Index count) const {
    Data part = *this;
    part.gate = gate.middleRows(first, count);
    part.expert = expert.middleRows(first, count);
    part.response = response.middleRows(first, count);
    if (weights.size() > 0)
      part.weights = weights.segment(first, count);
    if (offset.cols() > 0)
      part.offset = offset.middleRows(first, count);
    return part;
  }
};

/// Rows from two lines that a gate on the second column tells apart.
inline Data simulate(Random &random, Index rows, Index columns,
                     Index responses) {
  Data data;
  data.gate = design(random, rows, columns);
  data.expert = data.gate;
  data.response = 0.5 * normal(random, rows, responses);
  const Index slope = columns > 1 ? 1 : 0;
  for (Index i = 0; i < rows; ++i) {
    const double x = data.gate(i, slope);
    const bool first = uniform(random) < 1.0 / (1.0 + std::exp(-2.0 * x));
    data.response.row(i).array() += first ? 2.0 + x : -1.0 - 2.0 * x;
  }
  return data;
}

inline GaussianMixture
mixture(const Data &data, Index experts, double ridge = 0.0,
        sgmoe::Covariance structure = sgmoe::Covariance::full,
        bool shared = false, double floor = 1e-6) {
  const auto penalty = [&](Index columns) {
    Vector result = Vector::Constant(columns, ridge);
    result(0) = 0.0;
    return result;
  };
  return GaussianMixture(penalty(data.gate.cols()),
                         sgmoe::Gaussian(experts, data.response.cols(),
                                         penalty(data.expert_design().cols()),
                                         structure, shared, floor));
}

/// Random parameters, within the structure of the covariances.
inline GaussianTheta parameters(Random &random,
                                const GaussianMixture &mixture) {
  const sgmoe::Gaussian &family = mixture.family();
  GaussianTheta theta = mixture.origin();
  theta.gate = sum_zero(normal(random, theta.gate.rows(), theta.gate.cols()));
  theta.expert.mean =
      normal(random, theta.expert.mean.rows(), theta.expert.mean.cols());
  for (Matrix &covariance : theta.expert.covariance) {
    covariance = positive_definite(random, family.responses());
    family.covariances().project(covariance);
  }
  // The packed form knows whether the covariance is shared.
  return mixture.unpack(mixture.pack(theta));
}

/// log N(y; mean, covariance), from the formula.
inline double log_normal(const Vector &y, const Vector &mean,
                         const Matrix &covariance) {
  const double two_pi = 2.0 * std::acos(-1.0);
  const Vector residual = y - mean;
  return -0.5 * (std::log(covariance.determinant()) +
                 static_cast<double>(y.size()) * std::log(two_pi) +
                 residual.dot(covariance.inverse() * residual));
}

/// log(pi_k f_k) of all rows and experts, row by row from the definition.
inline Matrix log_joint(const Data &data, const GaussianTheta &theta) {
  const Index experts = theta.gate.cols(), q = data.response.cols();
  Matrix result(data.gate.rows(), experts);
  for (Index i = 0; i < result.rows(); ++i) {
    const Vector gate = (data.gate.row(i) * theta.gate).transpose();
    const double total = std::log(gate.array().exp().sum());
    for (Index k = 0; k < experts; ++k) {
      const Matrix own = theta.expert.mean.middleCols(k * q, q);
      const Vector mean = (data.expert_design().row(i) * own).transpose();
      result(i, k) =
          gate(k) - total +
          log_normal(data.response.row(i).transpose(), mean,
                     theta.expert.covariance[static_cast<std::size_t>(k)]);
    }
  }
  return result;
}

inline double weight_of(const Data &data, Index i) {
  return data.weights.size() > 0 ? data.weights(i) : 1.0;
}

/// Mixture log-densities of all rows.
inline Vector log_density(const Data &data, const GaussianTheta &theta) {
  return log_joint(data, theta).array().exp().rowwise().sum().log().matrix();
}

} // namespace test

#endif
