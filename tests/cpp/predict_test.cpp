#include "helpers.hpp"

#include <sgmoe/model/predict.hpp>

using namespace sgmoe;

namespace {

struct Fixture {
  test::Data data;
  test::GaussianMixture mixture;
  test::GaussianTheta theta;
  Matrix gate, posterior; // by definition
  Vector densities;
};

Fixture fixture(Index seed, Index rows, bool same_design) {
  test::Random random(static_cast<std::uint64_t>(seed));
  test::Data data = test::simulate(random, rows, 3, 2);
  data.expert = test::design(random, rows, 4);
  data.same_design = same_design;
  data.weights = test::positive(random, rows);
  const auto mixture = test::mixture(data, 3);
  const auto theta = test::parameters(random, mixture);
  Matrix gate = (data.gate * theta.gate).array().exp();
  gate.array().colwise() /= gate.rowwise().sum().array().eval();
  const Vector densities = test::log_density(data, theta);
  Matrix joint = test::log_joint(data, theta);
  joint.colwise() -= densities;
  return {data, mixture, theta, gate, joint.array().exp().matrix(), densities};
}

} // namespace

TEST_CASE("Predictions are the definition's, row by row, in order") {
  for (bool same_design : {true, false})
    for (Index rows : {1, 300, 700}) {
      const Fixture f = fixture(111, rows, same_design);
      const Rows view = f.data.rows();
      CHECK(test::difference(predict_rows(f.mixture, view, f.theta,
                                          row_part::gate, 1, KeepGoing())
                                 .gate,
                             f.gate) < 1e-12);
      CHECK(test::difference(predict_rows(f.mixture, view, f.theta,
                                          row_part::expert, 1, KeepGoing())
                                 .expert,
                             f.data.expert_design() * f.theta.expert.mean) <
            1e-13);
      const RowValues values = predict_rows(
          f.mixture, view, f.theta, row_part::posterior, 1, KeepGoing());
      CHECK(test::difference(values.posterior, f.posterior) < 1e-11);
      CHECK(test::difference(values.log_density, f.densities) < 1e-12);
      CHECK(values.gate.size() == 0);
      CHECK(values.expert.size() == 0);
    }
}

TEST_CASE("A description adds up the predictions") {
  Fixture f = fixture(112, 700, true);
  f.data.weights(3) = 0.0; // a row without weight has no entropy
  const auto total = describe_rows(f.mixture, f.data.rows(), f.theta,
                                   Curvature::fisher, 1, KeepGoing());
  const auto sum = [&](const Matrix &values) {
    return Vector(values.transpose() * f.data.weights);
  };
  const Matrix entropy = -f.posterior.array() * f.posterior.array().log();
  CHECK(test::difference(total.gate, sum(f.gate)) < 1e-12);
  CHECK(test::difference(total.sums.expert.weight, sum(f.posterior)) < 1e-12);
  CHECK(total.sums.weight == Approx(f.data.weights.sum()));
  CHECK(total.sums.log_likelihood == Approx(f.data.weights.dot(f.densities)));
  CHECK(total.entropy == Approx(sum(entropy).sum()).epsilon(1e-10));
  // The sums are those of a pass.
  const Matrix &x = f.data.gate;
  const auto a = f.data.weights.asDiagonal();
  CHECK(test::difference(total.sums.gate.score,
                         x.transpose() * a * (f.posterior - f.gate)) < 1e-12);
  CHECK(test::difference(total.sums.gate.gram.matrix(0),
                         x.transpose() * a * x) < 1e-13);
  const Vector product =
      f.data.weights.cwiseProduct(f.gate.col(0).cwiseProduct(f.gate.col(2)));
  CHECK(test::difference(total.sums.gate.cross.matrix(1),
                         x.transpose() * product.asDiagonal() * x) < 1e-12);
  // Under the bound the Fisher curvature is not taken.
  CHECK(describe_rows(f.mixture, f.data.rows(), f.theta, Curvature::bound, 1,
                      KeepGoing())
            .sums.gate.cross.empty());
}

TEST_CASE("Predictions do not depend on the number of threads") {
  const Fixture f = fixture(113, 5000, false);
  const Rows view = f.data.rows();
  const KeepGoing go;
  const RowValues all = predict_rows(f.mixture, view, f.theta, 7, 1, go);
  for (Index threads : {1, 2, 3}) {
    for (unsigned parts = 1; parts < 8; ++parts) { // alone and together
      const RowValues here =
          predict_rows(f.mixture, view, f.theta, parts, threads, go);
      if (parts & row_part::gate)
        CHECK(here.gate == all.gate);
      if (parts & row_part::expert)
        CHECK(here.expert == all.expert);
      if (parts & row_part::posterior) {
        CHECK(here.posterior == all.posterior);
        CHECK(here.log_density == all.log_density);
      }
    }
    const auto one =
        describe_rows(f.mixture, view, f.theta, Curvature::fisher, 1, go);
    const auto more =
        describe_rows(f.mixture, view, f.theta, Curvature::fisher, threads, go);
    CHECK(more.gate == one.gate);
    CHECK(more.sums.expert.weight == one.sums.expert.weight);
    CHECK(more.sums.gate.score == one.sums.gate.score);
    CHECK(more.entropy == one.entropy);
  }
}

TEST_CASE("Gate and experts need no response") {
  Fixture f = fixture(114, 20, true);
  f.data.response.resize(20, 0);
  const Rows view = f.data.rows();
  CHECK(test::difference(predict_rows(f.mixture, view, f.theta, row_part::gate,
                                      1, KeepGoing())
                             .gate,
                         f.gate) < 1e-12);
  CHECK(test::difference(predict_rows(f.mixture, view, f.theta,
                                      row_part::expert, 1, KeepGoing())
                             .expert,
                         f.data.gate * f.theta.expert.mean) < 1e-13);
}

TEST_CASE("A certain posterior has no entropy") {
  Fixture f = fixture(115, 30, true);
  f.theta.gate.setZero();
  f.theta.gate(0, 1) = 1e4;
  const auto total = describe_rows(f.mixture, f.data.rows(), f.theta,
                                   Curvature::bound, 1, KeepGoing());
  CHECK(std::fabs(total.entropy) < 1e-12);
  CHECK(total.sums.expert.weight(1) == Approx(f.data.weights.sum()));
}
