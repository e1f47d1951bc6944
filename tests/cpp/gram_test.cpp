#include "helpers.hpp"

#include <sgmoe/core/gram.hpp>

using namespace sgmoe;

namespace {

Matrix naive_gram(const Matrix &design, const Vector &weights) {
  Matrix gram = Matrix::Zero(design.cols(), design.cols());
  for (Index i = 0; i < design.rows(); ++i)
    gram += weights(i) * design.row(i).transpose() * design.row(i);
  return gram;
}

} // namespace

TEST_CASE("Grams equal a naive sum at all sizes") {
  test::Random random(11);
  Scratch scratch;
  // Up to twelve columns are summed as products, four pairs at a time, more in
  // tiles of four by three within panels of 64.
  for (Index columns : {1, 2, 4, 5, 10, 11, 12, 13, 16, 40, 64, 66})
    for (Index weight_columns : {1, 2, 3, 10})
      for (Index rows : {1, 3, 256}) {
        const Matrix design = test::normal(random, rows, columns);
        const Matrix weights = test::normal(random, rows, weight_columns);
        Grams grams(columns, weight_columns);
        grams.accumulate(design, weights, scratch);
        CHECK(grams.size() == weight_columns);
        double worst = 0.0;
        for (Index j = 0; j < weight_columns; ++j)
          worst = std::max(
              worst, test::difference(grams.matrix(j),
                                      naive_gram(design, weights.col(j))));
        CAPTURE(columns);
        CAPTURE(weight_columns);
        CHECK(worst < 1e-13);
      }
}

TEST_CASE("Weights taken together give the same bits as one by one") {
  test::Random random(12);
  Scratch scratch;
  for (Index columns : {12, 13}) {
    const Matrix design = test::normal(random, 200, columns);
    const Matrix weights = test::normal(random, 200, 5);
    Grams together(columns, 5);
    together.accumulate(design, weights, scratch);
    for (Index j = 0; j < 5; ++j) {
      Grams single(columns, 1);
      single.accumulate(design, weights.col(j), scratch);
      CHECK(single.matrix(0) == together.matrix(j));
    }
  }
}

TEST_CASE("Gram matrices are exactly symmetric") {
  test::Random random(13);
  Scratch scratch;
  for (Index columns : {3, 9}) {
    Grams grams(columns, 1);
    grams.accumulate(test::normal(random, 50, columns),
                     test::normal(random, 50, 1), scratch);
    const Matrix gram = grams.matrix(0);
    CHECK((gram - gram.transpose()).cwiseAbs().maxCoeff() == 0.0);
  }
}

TEST_CASE("A Gram matrix times a matrix is that of the filled one") {
  test::Random random(17);
  Scratch scratch;
  for (Index columns : {1, 2, 9, 140}) {
    Grams grams(columns, 2);
    grams.accumulate(test::normal(random, 50, columns),
                     test::normal(random, 50, 2), scratch);
    const Matrix right = test::normal(random, columns, 3);
    for (Index j = 0; j < 2; ++j)
      CHECK(test::difference(grams.times(j, right), grams.matrix(j) * right) <
            1e-13);
  }
}

TEST_CASE("Grams add, merge and scale") {
  test::Random random(14);
  Scratch scratch;
  for (Index columns : {4, 20}) {
    const Matrix design = test::normal(random, 90, columns);
    const Matrix weights = test::normal(random, 90, 2);
    Grams whole(columns, 2), left(columns, 2), right(columns, 2);
    whole.accumulate(design, weights, scratch);
    left.accumulate(design.topRows(30), weights.topRows(30), scratch);
    right.accumulate(design.bottomRows(60), weights.bottomRows(60), scratch);
    Grams merged = left;
    merged.merge(right);
    Grams swapped = right;
    swapped.merge(left);
    left.accumulate(design.bottomRows(60), weights.bottomRows(60), scratch);
    Grams scaled = whole;
    scaled.scale(-2.5);
    for (Index j = 0; j < 2; ++j) {
      CHECK(test::difference(merged.matrix(j), whole.matrix(j)) < 1e-13);
      CHECK(test::difference(left.matrix(j), whole.matrix(j)) < 1e-13);
      CHECK((merged.matrix(j) - swapped.matrix(j)).cwiseAbs().maxCoeff() ==
            0.0);
      CHECK(test::difference(scaled.matrix(j), -2.5 * whole.matrix(j)) == 0.0);
    }
  }
}

TEST_CASE("Only Grams without content are empty") {
  CHECK(Grams().empty());
  const Index size = Grams().size();
  CHECK(size == 0);
  CHECK_FALSE(Grams(1, 1).empty());
}

TEST_CASE("add_cross_product adds left'right, whatever the sizes") {
  test::Random random(15);
  for (Index left_columns : {1, 5, 30})
    for (Index right_columns : {1, 4, 5, 20}) {
      const Matrix left = test::normal(random, 77, left_columns);
      const Matrix right = test::normal(random, 77, right_columns);
      const Matrix before = test::normal(random, left_columns, right_columns);
      Matrix result = before;
      add_cross_product(left, right, result);
      add_cross_product(left, right, result.middleCols(0, right_columns));
      Matrix expected = before;
      for (Index i = 0; i < 77; ++i)
        expected += 2.0 * left.row(i).transpose() * right.row(i);
      CHECK(test::difference(result, expected) < 1e-13);
    }
}
