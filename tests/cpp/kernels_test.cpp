#include "helpers.hpp"

#include <sgmoe/core/gram.hpp>
#include <sgmoe/core/softmax.hpp>

#include <cmath>
#include <limits>

using namespace sgmoe;

namespace {

const double kInfinity = std::numeric_limits<double>::infinity();
const double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<const kernels::Set *> sets() {
  std::vector<const kernels::Set *> result;
  for (const char *name : {"baseline", "best"}) {
    REQUIRE(kernels::choose(name));
    if (result.empty() || result[0] != &kernels::use())
      result.push_back(&kernels::use());
  }
  return result;
}

/// |found - exact| / exact, in units of 2^-53.
double error(double found, long double exact) {
  return static_cast<double>(
      std::fabs((static_cast<long double>(found) - exact) / exact) *
      9007199254740992.0L);
}

/// Numbers from `from` to `to`, evenly spread, and not round.
Vector spread(double from, double to, Index count) {
  Vector result(count);
  for (Index i = 0; i < count; ++i)
    result(i) = from + (to - from) * (static_cast<double>(i) + 0.37) /
                           static_cast<double>(count);
  return result;
}

/// The worst of |found - exact| / sum |terms| of left' right.
double cross_error(const Matrix &left, const Matrix &right, const Matrix &found,
                   const Vector *weights = nullptr) {
  long double worst = 0.0L;
  for (Index a = 0; a < left.cols(); ++a)
    for (Index b = 0; b < right.cols(); ++b) {
      long double sum = 0.0L, size = 0.0L;
      for (Index i = 0; i < left.rows(); ++i) {
        const long double term = static_cast<long double>(left(i, a)) *
                                 right(i, b) *
                                 (weights == nullptr ? 1.0L : (*weights)(i));
        sum += term;
        size += std::fabs(term);
      }
      worst = std::max(worst, std::fabs(found(a, b) - sum) / size);
    }
  return static_cast<double>(worst);
}

} // namespace

TEST_CASE("The exponential is right to less than one unit in the last place") {
  for (const kernels::Set *set : sets()) {
    CAPTURE(set->name);
    double worst = 0.0;
    // Subnormal results begin at -708.396.
    for (const auto &range : {std::make_pair(-708.0, 709.7),
                              {-1.0, 1.0},
                              {-0.36, 0.36},
                              {-1e-8, 1e-8},
                              {-40.0, 0.0}}) {
      const Vector x = spread(range.first, range.second, 40001);
      Vector found = x;
      set->exponential(found.size(), found.data());
      for (Index i = 0; i < x.size(); ++i)
        worst = std::max(
            worst, error(found(i), std::exp(static_cast<long double>(x(i)))));
    }
    CHECK(worst < 2.0); // 2 of 2^-53: 2.2e-16
  }
}

TEST_CASE("The exponential has its limits, and NaN") {
  for (const kernels::Set *set : sets()) {
    CAPTURE(set->name);
    const std::vector<double> values = {
        0.0,   -0.0,    1.0,       709.7827,   709.7828, 710.0,  1e3,
        1e300, -708.39, -708.4,    -720.0,     -744.44,  -745.0, -746.0,
        -1e3,  -1e300,  kInfinity, -kInfinity, kNaN,     -kNaN};
    std::vector<double> found = values;
    set->exponential(static_cast<kernels::Size>(found.size()), found.data());
    for (std::size_t i = 0; i < values.size(); ++i) {
      CAPTURE(values[i]);
      const double exact = std::exp(values[i]);
      if (std::isnan(exact))
        CHECK(std::isnan(found[i]));
      else if (std::isnormal(exact))
        CHECK(error(found[i], std::exp(static_cast<long double>(values[i]))) <
              2.0);
      else // infinite, zero, or to the last digit of a subnormal number
        CHECK((found[i] == exact ||
               std::fabs(found[i] - exact) <=
                   std::numeric_limits<double>::denorm_min()));
    }
    CHECK(found[0] == 1.0);
  }
}

TEST_CASE("The logarithm is right to less than one unit in the last place") {
  for (const kernels::Set *set : sets()) {
    CAPTURE(set->name);
    double worst = 0.0;
    for (const auto &range :
         {std::make_pair(0.4, 2.5), {0.999, 1.001}, {1.0, 1e3}, {1e-9, 1.0}}) {
      const Vector x = spread(range.first, range.second, 40001);
      Vector found = x;
      set->logarithm(found.size(), found.data());
      for (Index i = 0; i < x.size(); ++i)
        worst = std::max(
            worst, error(found(i), std::log(static_cast<long double>(x(i)))));
    }
    CHECK(worst < 2.0);
    std::vector<double> ends = {1.0, kNaN, std::numeric_limits<double>::min(),
                                std::numeric_limits<double>::max(), 0.5};
    set->logarithm(5, ends.data());
    CHECK(ends[0] == 0.0);
    CHECK(std::isnan(ends[1]));
    CHECK(ends[2] ==
          Approx(std::log(std::numeric_limits<double>::min())).epsilon(1e-15));
    CHECK(ends[3] ==
          Approx(std::log(std::numeric_limits<double>::max())).epsilon(1e-15));
    CHECK(ends[4] == std::log(0.5));
  }
}

TEST_CASE("Sums of products agree with long double to 2e-15") {
  test::Random random(21);
  for (const char *name : {"baseline", "best"}) {
    const test::Using set(name);
    Scratch scratch;
    double worst = 0.0;
    for (Index columns : {1, 2, 3, 4, 5, 7, 12, 13, 31, 64, 67, 70, 131})
      for (Index weights : {1, 2, 3, 4, 5, 8})
        for (Index rows : {1, 2, 3, 4, 5, 7, 255, 256}) {
          if (columns > 31 && (weights > 2 || rows % 2 == 0))
            continue;
          const Matrix design = test::normal(random, rows, columns);
          const Matrix weight = test::normal(random, rows, weights);
          Grams grams(columns, weights);
          grams.accumulate(design, weight, scratch);
          for (Index j = 0; j < weights; ++j) {
            const Vector own = weight.col(j);
            worst = std::max(
                worst, cross_error(design, design, grams.matrix(j), &own));
          }
          Matrix cross = Matrix::Zero(columns, weights);
          add_cross_product(design, weight, cross);
          worst = std::max(worst, cross_error(design, weight, cross));
          Matrix product;
          set_product(design.transpose(), weight, product);
          worst = std::max(worst, cross_error(design, weight, product));
        }
    CHECK(worst < 2e-15);
  }
}

TEST_CASE("What a row gives does not depend on the rows beside it, nor on "
          "where it lies in memory") {
  test::Random random(22);
  for (const char *name : {"baseline", "best"}) {
    const test::Using set(name);
    const Matrix design = test::normal(random, 67, 6);
    const Matrix coefficients = test::normal(random, 6, 4);
    Matrix whole;
    set_product(design, coefficients, whole);
    Matrix probability = whole;
    Normaliser normaliser;
    softmax(probability, normaliser);
    Vector exponential = whole.col(0);
    take_exponentials(exponential);
    for (Index first : {0, 1, 2, 3, 30})
      for (Index count : {1, 2, 3, 4, 5, 16, 17, 37}) {
        const Matrix some = design.middleRows(first, count);
        Matrix part;
        set_product(some, coefficients, part);
        CHECK(part == whole.middleRows(first, count));
        // In place in the middle of a larger matrix: another stride.
        set_product(design.middleRows(first, count), coefficients, part);
        CHECK(part == whole.middleRows(first, count));
        Matrix room = whole;
        softmax(room.block(first, 0, count, 4), normaliser);
        CHECK(room.middleRows(first, count) ==
              probability.middleRows(first, count));
        CHECK(room.topRows(first) == whole.topRows(first));
        Vector powers = whole.col(0).segment(first, count);
        take_exponentials(powers);
        CHECK(powers == exponential.segment(first, count));
        // Sums depend on the rows and nothing else.
        Matrix sums = Matrix::Zero(6, 4), again = Matrix::Zero(6, 4);
        add_cross_product(design.middleRows(first, count),
                          whole.middleRows(first, count), sums);
        add_cross_product(some, Matrix(whole.middleRows(first, count)), again);
        CHECK(sums == again);
      }
  }
}

TEST_CASE("NaN in a row stays in that row") {
  for (const char *name : {"baseline", "best"}) {
    const test::Using set(name);
    for (Index at : {0, 2, 5, 8}) {
      Matrix logits = Matrix::Zero(9, 3);
      logits(at, 1) = kNaN;
      Normaliser normaliser;
      softmax(logits, normaliser);
      Vector ratio;
      Normaliser other{Eigen::ArrayXd::Zero(9), Eigen::ArrayXd::Ones(9)};
      log_ratio(normaliser, other, ratio);
      for (Index i = 0; i < 9; ++i) {
        CHECK(std::isnan(ratio(i)) == (i == at));
        CHECK(std::isnan(logits(i, 0)) == (i == at));
      }
    }
  }
}

TEST_CASE("A set is chosen by its name") {
  CHECK(kernels::choose("baseline"));
  CHECK(kernels::use().name == std::string("baseline"));
  CHECK_FALSE(kernels::choose("avx9000"));
  CHECK(kernels::use().name == std::string("baseline"));
  CHECK(kernels::choose(kernels::best().name));
  CHECK(&kernels::use() == &kernels::best());
  CHECK(kernels::choose("best"));
}
