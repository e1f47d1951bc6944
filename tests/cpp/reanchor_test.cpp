// A statistic that is written around another point stays the same quadratic.
#include "incremental_helpers.hpp"
#include "linear_helpers.hpp"

#include <sgmoe/core/softmax.hpp>

using namespace sgmoe;

namespace {

// Logit blocks side by side, each with weights and targets of its own.
struct Problem {
  Matrix design, weights, target; // n x p, n x B, n x (M B)
  Index classes;

  Index blocks() const { return weights.cols(); }

  Matrix probability(const Matrix &coefficients) const {
    Matrix result = design * coefficients;
    Normaliser normaliser;
    for (Index b = 0; b < blocks(); ++b)
      softmax(result.middleCols(b * classes, classes), normaliser);
    return result;
  }

  LogitStatistic sums(const LogitBlock &block, const Matrix &coefficients,
                      Curvature curvature) const {
    LogitStatistic result = block.statistic(true, curvature);
    const Matrix p = probability(coefficients);
    Matrix residual = target - p;
    for (Index j = 0; j < residual.cols(); ++j)
      residual.col(j).array() *= weights.col(j / classes).array();
    Scratch scratch;
    block.accumulate(design, weights, p, residual, scratch, result);
    return result;
  }

  // The curvature at `coefficients` times a move, from its definition.
  Matrix curved(const Matrix &coefficients, const Matrix &move,
                BoundShare share) const {
    const Matrix p = probability(coefficients);
    Matrix result = Matrix::Zero(move.rows(), move.cols());
    for (Index i = 0; i < design.rows(); ++i)
      for (Index b = 0; b < blocks(); ++b) {
        const Vector x = design.row(i).transpose();
        const Vector own = p.row(i).segment(b * classes, classes).transpose();
        const Matrix along =
            x.transpose() * move.middleCols(b * classes, classes);
        const Matrix hessian = Matrix(own.asDiagonal()) - own * own.transpose();
        Matrix row = 0.5 * share.value * along;
        if (share.value < 1.0)
          row += along * hessian;
        result.middleCols(b * classes, classes) += weights(i, b) * x * row;
      }
    return result;
  }
};

Matrix sum_zero_blocks(test::Random &random, Index rows, Index classes,
                       Index blocks) {
  Matrix result(rows, classes * blocks);
  for (Index b = 0; b < blocks; ++b)
    result.middleCols(b * classes, classes) =
        test::sum_zero(test::normal(random, rows, classes));
  return result;
}

Vector penalty_of(Index columns, double ridge) {
  Vector penalty = Vector::Constant(columns, ridge);
  penalty(0) = 0.0;
  return penalty;
}

const std::vector<BoundShare> shares{BoundShare(Curvature::bound),
                                     BoundShare(Curvature::fisher),
                                     BoundShare(0.3), BoundShare(0.0)};

// Calls work(data, block, sums, at, share) for all kinds of logit blocks.
template <class Work> void logit_kinds(test::Random &random, const Work &work) {
  for (Index classes : {2, 3, 5})
    for (Index blocks : {1, 3})
      for (double ridge : {0.0, 2.0})
        for (BoundShare share : shares) {
          CAPTURE(classes);
          CAPTURE(blocks);
          CAPTURE(ridge);
          CAPTURE(share.value);
          Problem data{test::design(random, 40, 3),
                       Matrix(test::normal(random, 40, blocks).cwiseAbs()),
                       Matrix(40, classes * blocks), classes};
          for (Index b = 0; b < blocks; ++b)
            data.target.middleCols(b * classes, classes) =
                test::posterior(random, 40, classes);
          const LogitBlock block(classes, penalty_of(3, ridge), blocks);
          const Matrix at = sum_zero_blocks(random, 3, classes, blocks);
          const Curvature curvature =
              share.value < 1.0 ? Curvature::fisher : Curvature::bound;
          work(data, block, data.sums(block, at, curvature), at, share);
        }
}

Matrix full_step(const LogitBlock &block, const LogitStatistic &sums,
                 const Matrix &at, BoundShare share) {
  Matrix result(at.rows(), at.cols());
  for (Index b = 0; b < block.blocks(); ++b)
    result.middleCols(b * block.classes(), block.classes()) =
        block.maximise(sums, at, share, b).increment;
  return result;
}

void compare_grams(const Grams &left, const Grams &right, double tolerance) {
  REQUIRE(left.size() == right.size());
  for (Index j = 0; j < left.size(); ++j)
    CHECK(test::difference(left.matrix(j), right.matrix(j)) <= tolerance);
}

} // namespace

TEST_CASE("A moved logit anchor changes the score by the curvature") {
  test::Random random(501);
  logit_kinds(random, [&](const Problem &data, const LogitBlock &block,
                          const LogitStatistic &sums, const Matrix &at,
                          BoundShare share) {
    const Matrix move =
        sum_zero_blocks(random, at.rows(), block.classes(), block.blocks());
    LogitStatistic moved = sums;
    block.reanchor(move, share, moved);
    CHECK(test::difference(moved.score,
                           sums.score - data.curved(at, move, share)) < 1e-12);
    // The penalised gradient of the quadratic, whose curvature has the penalty.
    const Matrix penalty = block.penalty().asDiagonal() * move;
    CHECK(test::difference(block.gradient(moved, at + move),
                           block.gradient(sums, at) -
                               data.curved(at, move, share) - penalty) < 1e-12);
    // Nothing else changes.
    compare_grams(moved.gram, sums.gram, 0.0);
    compare_grams(moved.cross, sums.cross, 0.0);
    // In two moves as in one, and back.
    LogitStatistic twice = sums;
    block.reanchor(0.3 * move, share, twice);
    block.reanchor(0.7 * move, share, twice);
    CHECK(test::difference(twice.score, moved.score) < 1e-13);
    block.reanchor(-move, share, twice);
    CHECK(test::difference(twice.score, sums.score) < 1e-13);
  });
}

TEST_CASE("At the maximiser of the quadratic nothing is left to gain") {
  test::Random random(502);
  logit_kinds(random, [&](const Problem &, const LogitBlock &block,
                          const LogitStatistic &sums, const Matrix &at,
                          BoundShare share) {
    const Matrix step = full_step(block, sums, at, share);
    LogitStatistic moved = sums;
    block.reanchor(step, share, moved);
    CHECK(step.norm() > 1e-3);
    const double before = block.gradient(sums, at).norm();
    CHECK(block.gradient(moved, at + step).norm() < 1e-10 * before);
    // From anywhere else the step leads to the same point.
    const Matrix other =
        sum_zero_blocks(random, at.rows(), block.classes(), block.blocks());
    LogitStatistic elsewhere = sums;
    block.reanchor(other, share, elsewhere);
    CHECK(test::difference(at + other +
                               full_step(block, elsewhere, at + other, share),
                           at + step) < 1e-9);
  });
}

TEST_CASE("To first order the moved score is the score there") {
  test::Random random(503);
  logit_kinds(random, [&](const Problem &data, const LogitBlock &block,
                          const LogitStatistic &sums, const Matrix &at,
                          BoundShare share) {
    if (share.value > 0.0) // only then the curvature is the Hessian
      return;
    const Matrix move =
        sum_zero_blocks(random, at.rows(), block.classes(), block.blocks());
    const auto off = [&](double by) {
      LogitStatistic moved = sums;
      block.reanchor(by * move, share, moved);
      return Matrix(moved.score -
                    data.sums(block, at + by * move, Curvature::bound).score);
    };
    // Even orders are left, so the odd part is of third order.
    CHECK((off(1e-3) - off(-1e-3)).norm() / 2e-3 <
          1e-4 * data.curved(at, move, share).norm());
  });
}

TEST_CASE("Factors of the curvature outlive a move of the anchor") {
  test::Random random(504);
  const Problem data{test::design(random, 40, 3), test::positive(random, 40),
                     test::posterior(random, 40, 4), 4};
  const LogitBlock block(4, penalty_of(3, 1.0));
  const Matrix at = sum_zero_blocks(random, 3, 4, 1);
  LogitStatistic plain = data.sums(block, at, Curvature::fisher);
  LogitStatistic factorised = plain;
  block.factorise(Curvature::fisher, factorised);
  const Matrix move = sum_zero_blocks(random, 3, 4, 1);
  block.reanchor(move, Curvature::fisher, plain);
  block.reanchor(move, Curvature::fisher, factorised);
  CHECK(test::difference(
            full_step(block, factorised, at + move, Curvature::fisher),
            full_step(block, plain, at + move, Curvature::fisher)) < 1e-13);
}

TEST_CASE("A single class has no anchor to move") {
  test::Random random(505);
  const Problem data{test::design(random, 20, 3), test::positive(random, 20),
                     Matrix::Ones(20, 1), 1};
  const LogitBlock block(1, penalty_of(3, 1.0));
  for (BoundShare share : shares) {
    LogitStatistic sums =
        data.sums(block, Matrix::Zero(3, 1), Curvature::fisher);
    const Matrix before = sums.score;
    block.reanchor(Matrix::Zero(3, 1), share, sums);
    CHECK(sums.score == before);
  }
}

TEST_CASE("A moved linear statistic is the one accumulated there") {
  test::Random random(506);
  for (Index q : {1, 3})
    for (Index experts : {1, 2, 4}) {
      CAPTURE(q);
      CAPTURE(experts);
      const test::LinearProblem problem{test::design(random, 60, 4),
                                        test::normal(random, 60, q),
                                        test::posterior(random, 60, experts)};
      const LinearBlock block(experts, q, penalty_of(4, 1.0));
      const auto sums = [&](const Matrix &anchor) {
        return problem.sums(block, anchor);
      };
      const Matrix from = test::normal(random, 4, q * experts);
      const Matrix to = 3.0 * test::normal(random, 4, q * experts);
      LinearStatistic moved = sums(from);
      block.reanchor(to - from, moved);
      const LinearStatistic fresh = sums(to), before = sums(from);
      CHECK(test::difference(moved.cross, fresh.cross) < 1e-12);
      CHECK(test::difference(moved.residual, fresh.residual) < 1e-12);
      CHECK(moved.weight == fresh.weight);
      compare_grams(moved.gram, fresh.gram, 0.0);
      block.reanchor(from - to, moved);
      CHECK(test::difference(moved.cross, before.cross) < 1e-12);
      CHECK(test::difference(moved.residual, before.residual) < 1e-12);
    }
}

TEST_CASE("A mixture moves every part; experts as if taken there") {
  test::Random random(507);
  for (double ridge : {0.0, 1.5})
    for (bool shared : {false, true})
      for (Curvature curvature : {Curvature::bound, Curvature::fisher}) {
        test::Data data = test::simulate(random, 200, 3, 2);
        data.weights = test::positive(random, 200);
        const auto mixture =
            test::mixture(data, 3, ridge, Covariance::full, shared);
        const auto from = test::parameters(random, mixture);
        const auto to = test::parameters(random, mixture);
        const Matrix posterior = test::posterior_at(mixture, data, from);
        const auto before =
            test::sums_at(mixture, data, from, curvature, posterior);
        auto moved = before;
        mixture.reanchor(from, to, curvature, moved);
        const auto fresh =
            test::sums_at(mixture, data, to, curvature, posterior);
        CHECK(test::difference(moved.expert.cross, fresh.expert.cross) < 1e-12);
        CHECK(test::difference(moved.expert.residual, fresh.expert.residual) <
              1e-12);
        LogitStatistic gate = before.gate;
        mixture.gate().reanchor(to.gate - from.gate, curvature, gate);
        CHECK(moved.gate.score == gate.score);
        CHECK(moved.gate.score != before.gate.score);
        CHECK(moved.rows == before.rows);
        CHECK(moved.weight == before.weight);
      }
}

TEST_CASE("After a maximisation the moved gradient is zero, all parts") {
  test::Random random(508);
  const auto settled = [](const auto &mixture, const test::Data &data,
                          const auto &theta, Curvature curvature) {
    for (double share : {1.0, 0.25}) {
      const auto part = mixture.with_penalty_share(share);
      auto sums = test::sums_at(mixture, data, theta, curvature);
      const double before = part.gradient(sums, theta).norm();
      const auto best = part.maximise(sums, theta, curvature);
      part.reanchor(theta, best.parameters, curvature, sums);
      CHECK(part.gradient(sums, best.parameters).norm() < 1e-10 * before);
      // Nothing is left to gain.
      const auto again = part.maximise(sums, best.parameters, curvature);
      CHECK(std::fabs(again.gain) < 1e-9 * best.gain);
      CHECK(test::difference(mixture.pack(again.parameters),
                             mixture.pack(best.parameters)) < 1e-9);
    }
  };
  for (double ridge : {0.0, 1.5})
    for (Curvature curvature : {Curvature::bound, Curvature::fisher})
      for (bool flag : {false, true}) {
        test::Data data = test::simulate(random, 300, 3, 2);
        data.weights = test::positive(random, 300);
        const auto mixture =
            test::mixture(data, 2, ridge, Covariance::full, flag);
        settled(mixture, data, test::parameters(random, mixture), curvature);
        const test::Data classes = test::simulate_classes(
            random, 300, 2, 3, {flag, !flag, true, flag});
        const auto logits = test::multinomial_mixture(classes, 2, 3, ridge);
        settled(logits, classes, test::parameters(random, logits), curvature);
      }
}

TEST_CASE("A share of the penalty is just that") {
  test::Random random(509);
  const test::Data data = test::simulate(random, 30, 3, 2);
  const auto mixture = test::mixture(data, 2, 2.0);
  const auto theta = test::parameters(random, mixture);
  CHECK(mixture.penalised());
  CHECK_FALSE(test::mixture(data, 2, 0.0).penalised());
  CHECK_FALSE(mixture.with_penalty_share(0.0).penalised());
  const double whole = mixture.penalty_value(theta);
  CHECK(mixture.with_penalty_share(0.3).penalty_value(theta) ==
        Approx(0.3 * whole).epsilon(1e-13));
  CHECK(mixture.penalty_value(theta) == whole);
}
