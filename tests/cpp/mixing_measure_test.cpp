#include "multinomial_helpers.hpp"

#include <sgmoe/model/mixing_measure.hpp>

using namespace sgmoe;

namespace {

Gaussian gaussian(Index experts, Index responses, Index columns) {
  return {experts,          responses, Vector::Zero(columns),
          Covariance::full, false,     1e-6};
}

test::GaussianTheta gaussian_theta(test::Random &random, const Gaussian &family,
                                   Index gate_columns) {
  test::GaussianTheta theta;
  theta.gate =
      test::sum_zero(test::normal(random, gate_columns, family.experts()));
  theta.expert = family.origin();
  theta.expert.mean =
      test::normal(random, theta.expert.mean.rows(), theta.expert.mean.cols());
  for (Matrix &covariance : theta.expert.covariance)
    covariance = test::positive_definite(random, family.responses());
  return theta;
}

Multinomial multinomial(Index experts, Index classes, Index columns) {
  return {experts, classes, Vector::Zero(columns)};
}

test::MultinomialTheta multinomial_theta(test::Random &random,
                                         const Multinomial &family,
                                         Index gate_columns) {
  const test::MultinomialMixture mixture(Vector::Zero(gate_columns), family);
  return test::parameters(random, mixture);
}

/// Weights that sum to one: those given, or exp(intercept).
template <class Theta>
Vector weights_of(const Theta &theta, const Vector &given) {
  Vector weight = given;
  if (given.size() == 0)
    weight = theta.gate.row(0).transpose().array().exp().matrix();
  return weight / weight.sum();
}

double gate_distance(const Matrix &gate, Index i, Index j) {
  double sum = 0.0;
  for (Index a = 1; a < gate.rows(); ++a)
    sum += std::pow(gate(a, i) - gate(a, j), 2);
  return sum;
}

double by_hand(const test::GaussianTheta &theta, const Vector &weight,
               bool intercept, Index i, Index j) {
  const Index q = theta.expert.covariance.front().rows();
  double slow = gate_distance(theta.gate, i, j), fast = 0.0;
  for (Index row = 0; row < theta.expert.mean.rows(); ++row)
    for (Index l = 0; l < q; ++l) {
      const double difference =
          theta.expert.mean(row, i * q + l) - theta.expert.mean(row, j * q + l);
      (intercept && row == 0 ? slow : fast) += difference * difference;
    }
  const Matrix &one = theta.expert.covariance[static_cast<std::size_t>(i)];
  const Matrix &other = theta.expert.covariance[static_cast<std::size_t>(j)];
  fast += (one - other).squaredNorm();
  return weight(i) * weight(j) / (weight(i) + weight(j)) *
         (slow + std::sqrt(fast));
}

double by_hand(const test::MultinomialTheta &theta, const Vector &weight, bool,
               Index i, Index j) {
  const Matrix &logit = theta.expert.logit;
  const Index classes = logit.cols() / theta.gate.cols();
  double slow = gate_distance(theta.gate, i, j);
  for (Index row = 0; row < logit.rows(); ++row)
    for (Index m = 0; m < classes; ++m)
      slow += std::pow(
          logit(row, i * classes + m) - logit(row, j * classes + m), 2);
  return weight(i) * weight(j) / (weight(i) + weight(j)) * slow;
}

/// The mean of blocks i and j, in the place of i; j goes.
Matrix merged_blocks(const Matrix &all, Index width, Index i, Index j,
                     double share) {
  Matrix result(all.rows(), all.cols() - width);
  for (Index k = 0, to = 0; k < all.cols() / width; ++k) {
    if (k == j)
      continue;
    for (Index l = 0; l < width; ++l)
      result.col(to * width + l) =
          k == i ? (share * all.col(i * width + l) +
                    (1.0 - share) * all.col(j * width + l))
                       .eval()
                 : all.col(k * width + l).eval();
    ++to;
  }
  return result;
}

/// Slopes by the weighted mean, intercepts by log(exp + exp), sum zero.
Matrix merged_gate(const Matrix &gate, Index i, Index j, double share) {
  Matrix result = merged_blocks(gate, 1, i, j, share);
  result(0, i) = std::log(std::exp(gate(0, i)) + std::exp(gate(0, j)));
  return test::sum_zero(result);
}

double off(const test::GaussianTheta &left, const test::GaussianTheta &right) {
  double worst =
      std::max(test::difference(left.gate, right.gate),
               test::difference(left.expert.mean, right.expert.mean));
  REQUIRE(left.expert.covariance.size() == right.expert.covariance.size());
  for (std::size_t k = 0; k < left.expert.covariance.size(); ++k)
    worst = std::max(worst, test::difference(left.expert.covariance[k],
                                             right.expert.covariance[k]));
  return worst;
}

double off(const test::MultinomialTheta &left,
           const test::MultinomialTheta &right) {
  return std::max(test::difference(left.gate, right.gate),
                  test::difference(left.expert.logit, right.expert.logit));
}

test::GaussianTheta merged_by_hand(const test::GaussianTheta &theta,
                                   const Vector &weight, Index i, Index j) {
  const double share = weight(i) / (weight(i) + weight(j));
  const Index q = theta.expert.covariance.front().rows();
  test::GaussianTheta result = theta;
  result.gate = merged_gate(theta.gate, i, j, share);
  result.expert.mean = merged_blocks(theta.expert.mean, q, i, j, share);
  auto &covariance = result.expert.covariance;
  const auto at = [&](Index k) -> Matrix & {
    return covariance[static_cast<std::size_t>(k)];
  };
  at(i) = (share * at(i) + (1.0 - share) * at(j)).eval();
  covariance.erase(covariance.begin() + j);
  return result;
}

test::MultinomialTheta merged_by_hand(const test::MultinomialTheta &theta,
                                      const Vector &weight, Index i, Index j) {
  const double share = weight(i) / (weight(i) + weight(j));
  test::MultinomialTheta result = theta;
  result.gate = merged_gate(theta.gate, i, j, share);
  result.expert.logit =
      merged_blocks(theta.expert.logit,
                    theta.expert.logit.cols() / theta.gate.cols(), i, j, share);
  return result;
}

/// Dissimilarities, merges and the path of one model against loops.
template <class Family, class Theta>
void check_against_loops(const Family &family, const Theta &theta,
                         const Vector &given, bool intercept) {
  const MixingMeasure measure = mixing_measure(family, theta, given, intercept);
  const Vector weight = weights_of(theta, given);
  CHECK(test::difference(measure.log_weight.array().exp().matrix(), weight) <
        1e-13);
  CHECK(off(parameters_of(family, measure, intercept), theta) < 1e-13);
  const Matrix distance = dissimilarities(measure);
  for (Index i = 0; i < measure.size(); ++i) {
    CHECK(distance(i, i) == 0.0);
    for (Index j = i + 1; j < measure.size(); ++j) {
      CHECK(distance(i, j) ==
            Approx(by_hand(theta, weight, intercept, i, j)).epsilon(1e-12));
      CHECK(distance(j, i) == distance(i, j));
      MixingMeasure merged = measure;
      merge_atoms(merged, i, j);
      REQUIRE(merged.size() == measure.size() - 1);
      CHECK(off(parameters_of(family, merged, intercept),
                merged_by_hand(theta, weight, i, j)) < 1e-12);
      const double total = std::exp(merged.log_weight(i));
      CHECK(std::fabs(total - weight(i) - weight(j)) < 1e-12);
    }
  }
}

/// The path is: look at all pairs, merge the nearest, begin again.
template <class Family>
void check_path(const Family &family, MixingMeasure measure, bool intercept) {
  const Index experts = measure.size();
  Index visits = 0;
  merge_path(measure, [&](const Merge &merge, const MixingMeasure &found) {
    Merge best;
    for (Index j = 0; j < measure.size(); ++j)
      for (Index i = 0; i < j; ++i)
        if (dissimilarity(measure, i, j) < best.height)
          best = {i, j, dissimilarity(measure, i, j)};
    CHECK(merge.first == best.first);
    CHECK(merge.second == best.second);
    CHECK(merge.height == best.height);
    merge_atoms(measure, best.first, best.second);
    REQUIRE(found.size() == measure.size());
    const double worst = off(parameters_of(family, found, intercept),
                             parameters_of(family, measure, intercept));
    CHECK(worst < 1e-15);
    ++visits;
  });
  CHECK(visits == experts - 1);
}

} // namespace

TEST_CASE("Atoms of Gaussian experts lie apart, merge and descend as defined") {
  test::Random random(411);
  for (Index experts : {2, 3, 6})
    for (Index responses : {1, 2})
      for (Index gate_columns : {1, 3})
        for (bool intercept : {true, false})
          for (bool given : {true, false}) {
            const Gaussian family = gaussian(experts, responses, 2);
            const auto theta = gaussian_theta(random, family, gate_columns);
            const Vector weight =
                given ? test::positive(random, experts) : Vector();
            check_against_loops(family, theta, weight, intercept);
            check_path(family, mixing_measure(family, theta, weight, intercept),
                       intercept);
          }
}

TEST_CASE("Experts with an intercept only, and with slopes only") {
  test::Random random(412);
  for (bool intercept : {true, false}) {
    const Gaussian family = gaussian(4, 2, 1);
    const auto theta = gaussian_theta(random, family, 2);
    check_against_loops(family, theta, Vector(), intercept);
    const MixingMeasure measure =
        mixing_measure(family, theta, Vector(), intercept);
    CHECK(measure.slow.rows() == (intercept ? 2 : 0));
    CHECK(measure.fast.rows() == (intercept ? 4 : 6));
  }
}

TEST_CASE("Atoms of multinomial experts lie apart, merge and descend so, too") {
  test::Random random(413);
  for (Index experts : {2, 5})
    for (Index classes : {2, 4})
      for (bool intercept : {true, false})
        for (bool given : {true, false}) {
          const Multinomial family = multinomial(experts, classes, 3);
          const auto theta = multinomial_theta(random, family, 2);
          const Vector weight =
              given ? test::positive(random, experts) : Vector();
          check_against_loops(family, theta, weight, intercept);
          const MixingMeasure measure =
              mixing_measure(family, theta, weight, intercept);
          check_path(family, measure, intercept);
          // Sum-zero logits stay so.
          MixingMeasure merged = measure;
          merge_atoms(merged, 0, 1);
          const Matrix logit =
              parameters_of(family, merged, intercept).expert.logit;
          for (Index k = 0; k + 1 < experts; ++k)
            CHECK(logit.middleCols(k * classes, classes)
                      .rowwise()
                      .sum()
                      .cwiseAbs()
                      .maxCoeff() < 1e-13);
        }
}
