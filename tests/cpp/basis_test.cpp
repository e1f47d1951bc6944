#include "helpers.hpp"

#include <sgmoe/core/moments.hpp>

using namespace sgmoe;

namespace {

void moments(const Matrix &values, const Vector &weights, Vector &mean,
             Vector &deviation) {
  column_moments(
      Eigen::Map<const Matrix>(values.data(), values.rows(), values.cols()),
      Eigen::Map<const Vector>(weights.data(), weights.size()), mean,
      deviation);
}

} // namespace

TEST_CASE("Moments are the weighted mean and deviation, far from zero too") {
  test::Random random(81);
  const Matrix values = test::normal(random, 500, 3);
  for (bool weighted : {false, true})
    for (double shift : {0.0, 1.0, 1e6, -1e8})
      for (double unit : {1e-8, 1.0, 1e8}) {
        const Vector weights =
            weighted ? test::positive(random, 500) : Vector();
        const Vector a = weighted ? weights : Vector(Vector::Ones(500));
        const Vector centre = values.transpose() * a / a.sum();
        const Matrix centred = values.rowwise() - centre.transpose();
        const Vector spread =
            (centred.cwiseAbs2().transpose() * a / a.sum()).cwiseSqrt();
        Vector mean, deviation;
        moments((unit * (values.array() + shift)).matrix(), weights, mean,
                deviation);
        CAPTURE(shift);
        // Adding the shift has itself rounded the values.
        const double rounding = 1e-13 + 1e-16 * std::fabs(shift);
        CHECK(test::difference((mean / unit).array() - shift, centre) <
              4.0 * rounding);
        CHECK(test::difference(deviation / unit, spread) < 4.0 * rounding);
      }
}

TEST_CASE("A constant column has no deviation") {
  for (double value : {0.0, 0.1, 1e8, -1e-8}) {
    Vector mean, deviation;
    moments(Matrix::Constant(301, 1, value), Vector(), mean, deviation);
    CHECK(mean(0) == Approx(value).epsilon(1e-15));
    CHECK(deviation(0) <= 1e-15 * std::fabs(value));
  }
}

TEST_CASE("Rows without weight do not count") {
  test::Random random(82);
  Matrix values = test::normal(random, 20, 2);
  Vector weights = Vector::Ones(20), mean, deviation, other_mean, other;
  weights.tail(5).setZero();
  moments(values.topRows(15), Vector(), mean, deviation);
  values.bottomRows(5).setConstant(1e9);
  moments(values, weights, other_mean, other);
  CHECK(test::difference(other_mean, mean) == 0.0);
  CHECK(test::difference(other, deviation) == 0.0);
}

TEST_CASE("gram_rows is X'AX in the working basis, whatever the threads") {
  test::Random random(83);
  const Matrix values = test::normal(random, 4000, 5);
  Columns columns = test::Data::view(values);
  columns.centre.setConstant(0.3);
  columns.scale.setConstant(2.0);
  const Matrix working = (values.array() - 0.3) / 2.0;
  for (bool weighted : {false, true}) {
    const Vector weights = weighted ? test::positive(random, 4000) : Vector();
    const Vector a = weighted ? weights : Vector(Vector::Ones(4000));
    const Eigen::Map<const Vector> view(weights.data(), weights.size());
    const Matrix gram = gram_rows(columns, view, 1);
    CHECK(test::difference(gram, working.transpose() * a.asDiagonal() *
                                     working) < 1e-13);
    CHECK(test::difference(gram_rows(columns, view, 3), gram) == 0.0);
  }
}
