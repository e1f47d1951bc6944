#include "helpers.hpp"

#include <sgmoe/core/softmax.hpp>

using namespace sgmoe;

namespace {

Matrix naive_softmax(const Matrix &logits) {
  Matrix result = logits.array().exp();
  result.array().colwise() /= result.rowwise().sum().array().eval();
  return result;
}

Vector log_sum_exp(const Normaliser &normaliser) {
  return normaliser.largest + normaliser.sum.log();
}

} // namespace

TEST_CASE("softmax equals the naive formula where that is safe") {
  test::Random random(1);
  for (Index rows : {1, 2, 7, 256})
    for (Index classes : {1, 2, 3, 9}) {
      const Matrix logits = 5.0 * test::normal(random, rows, classes);
      Matrix probability = logits;
      Normaliser normaliser;
      softmax(probability, normaliser);
      CHECK(test::difference(probability, naive_softmax(logits)) < 1e-15);
      const Vector expected =
          logits.array().exp().rowwise().sum().log().matrix();
      CHECK(test::difference(log_sum_exp(normaliser), expected) < 1e-15);
    }
}

TEST_CASE("softmax is stable with logits of 1e4 of either sign") {
  test::Random random(2);
  for (double shift : {-1e4, 0.0, 1e4}) {
    const Matrix small = test::normal(random, 50, 4);
    Matrix probability = (small.array() + shift).matrix();
    Normaliser normaliser;
    softmax(probability, normaliser);
    // A logit of 1e4 itself is rounded by 1e-12.
    CHECK(test::difference(probability, naive_softmax(small)) < 1e-11);
    const Vector expected =
        (small.array().exp().rowwise().sum().log() + shift).matrix();
    CHECK(test::difference(log_sum_exp(normaliser), expected) < 1e-15);
  }
  Matrix apart(3, 3);
  apart << 1e4, -1e4, 0.0, -1e4, -1e4, 1e4, -1e4, -1e4, -1e4;
  Matrix limit(3, 3);
  limit << 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0 / 3, 1.0 / 3, 1.0 / 3;
  Normaliser normaliser;
  softmax(apart, normaliser);
  CHECK(test::difference(apart, limit) < 1e-15);
}

TEST_CASE("every probability is a normal number, and rows sum to one") {
  test::Random random(3);
  for (double spread : {1.0, 1e2, 1e4, 1e8}) {
    Matrix probability = spread * test::normal(random, 101, 9);
    Normaliser normaliser;
    softmax(probability, normaliser);
    bool normal = true;
    for (Index i = 0; i < probability.size(); ++i)
      normal = normal && std::isnormal(probability.data()[i]);
    CHECK(normal);
    CHECK(test::difference(probability.rowwise().sum(), Vector::Ones(101)) <
          1e-14);
  }
}

TEST_CASE("equal rows get equal probabilities wherever they stand") {
  test::Random random(4);
  const Matrix row = 3.0 * test::normal(random, 1, 5);
  for (Index rows : {1, 2, 3, 4, 5, 8, 31}) {
    Matrix probability = row.replicate(rows, 1);
    Normaliser normaliser;
    softmax(probability, normaliser);
    CHECK(test::difference(probability, naive_softmax(row).replicate(rows, 1)) <
          1e-15);
  }
}

TEST_CASE("log_ratio is the difference of two log-sum-exps") {
  test::Random random(5);
  Matrix left = 4.0 * test::normal(random, 33, 3);
  Matrix right = 4.0 * test::normal(random, 33, 6);
  const Vector expected = (left.array().exp().rowwise().sum().log() -
                           right.array().exp().rowwise().sum().log())
                              .matrix();
  Normaliser left_normaliser, right_normaliser;
  softmax(left, left_normaliser);
  softmax(right, right_normaliser);
  Vector result;
  log_ratio(left_normaliser, right_normaliser, result);
  CHECK(test::difference(result, expected) < 1e-14);
  log_ratio(left_normaliser, left_normaliser, result);
  CHECK(result.cwiseAbs().maxCoeff() == 0.0);
}
