// Designs of many columns: factorisations in panels, and those of earlier
// passes that serve for later ones.
#include "batch_helpers.hpp"
#include "linear_helpers.hpp"

#include <sgmoe/core/cholesky.hpp>

using namespace sgmoe;

TEST_CASE("Large matrices are factorised as by Eigen") {
  test::Random random(401);
  // Beside the first size with panels, and last panels of one row and of all.
  for (Index size : {1, 64, 255, 256, 257, 320, 333}) {
    const Matrix matrix = test::positive_definite(random, size);
    const Matrix right = test::normal(random, size, 2);
    const Eigen::LLT<Matrix> expected(matrix);
    for (const char *name : {"baseline", "best"}) {
      const test::Using set(name);
      const Cholesky found(matrix);
      CHECK(found.succeeded());
      CHECK(found.least_pivot() ==
            Approx(expected.matrixLLT().diagonal().minCoeff()).epsilon(1e-11));
      CHECK(test::difference(found.solve(right), expected.solve(right)) <
            1e-10);
      // The lower triangle alone is read.
      const Cholesky lower(matrix.triangularView<Eigen::Lower>());
      CHECK((lower.solve(right) == found.solve(right)));
    }
  }
}

TEST_CASE("A large matrix that is not positive definite is recognised") {
  test::Random random(402);
  for (Index at : {0, 63, 64, 200, 299}) {
    Matrix matrix = test::positive_definite(random, 300);
    matrix(at, at) = -1.0;
    CHECK_FALSE(Cholesky(matrix).succeeded());
  }
  // One without full rank is solved without directions that it does not know.
  const Matrix root = test::normal(random, 300, 290);
  const Matrix matrix = root * root.transpose();
  const Matrix right = matrix * test::normal(random, 300, 1);
  const SymmetricSolve solver(matrix);
  CHECK(solver.rank() == 290);
  CHECK(test::difference(matrix * solver.solve(right), right) < 1e-8);
}

TEST_CASE("A step by an earlier factor gains what it says, and is zero at the "
          "same point") {
  test::Random random(403);
  const Index columns = 150, rows = 400;
  const Vector penalty = Vector::Constant(columns, 0.5);
  for (Index q : {1, 2}) {
    test::LinearProblem data{test::design(random, rows, columns),
                             test::normal(random, rows, q),
                             test::posterior(random, rows, 2)};
    const LinearBlock block(2, q, penalty);
    const Matrix anchor = test::normal(random, columns, 2 * q);
    LinearStatistic earlier = data.sums(block, anchor);
    LinearStatistic fresh = earlier;
    block.factorise(earlier);
    REQUIRE(earlier.factors);
    for (Index k = 0; k < 2; ++k) {
      // Factorised here, it is the plain step.
      const Matrix own = anchor.middleCols(k * q, q);
      const LinearStep plain = block.maximise(fresh, k, own, 1.0);
      const LinearStep same = block.maximise(earlier, k, own, 1.0);
      CHECK(test::difference(same.increment, plain.increment) < 1e-11);
      CHECK(test::difference(same.after, plain.after) < 1e-9);
    }
    // Weights that shrank and that grew.
    data.weights.col(0) *= 0.92;
    data.weights.col(1) *= 1.08;
    LinearStatistic later = data.sums(block, anchor);
    const LinearStatistic exact = later;
    later.gram = Grams();
    later.adopt_curvature(earlier);
    REQUIRE(later.factors);
    for (Index k = 0; k < 2; ++k) {
      const Matrix own = anchor.middleCols(k * q, q);
      const LinearStep step = block.maximise(later, k, own, 1.0);
      const Matrix moved = own + step.increment;
      const Matrix residual = data.response - data.design * moved;
      const Matrix expected =
          residual.transpose() * data.weights.col(k).asDiagonal() * residual +
          moved.transpose() * penalty.asDiagonal() * moved;
      CHECK(test::difference(step.after, expected) < 1e-9);
      CHECK(step.after.trace() < step.before.trace());
      // It divides by the earlier matrix, times how much the weight grew.
      Matrix divisor = earlier.gram.matrix(k);
      divisor.diagonal() += penalty;
      const Matrix slope =
          later.cross.middleCols(k * q, q) - penalty.asDiagonal() * own;
      CHECK(test::difference((k == 0 ? 1.0 : 1.08) * divisor * step.increment,
                             slope) < 1e-9);
      // At the minimum of the later weights there is no step.
      Matrix best = anchor;
      best.middleCols(k * q, q) += block.maximise(exact, k, own, 1.0).increment;
      LinearStatistic there = data.sums(block, best);
      there.gram = Grams();
      there.adopt_curvature(earlier);
      CHECK(block.maximise(there, k, best.middleCols(k * q, q), 1.0)
                .increment.cwiseAbs()
                .maxCoeff() < 1e-10);
    }
    // Sums of more rows are others: their factors are not these.
    LinearStatistic merged = earlier;
    merged.merge(fresh);
    CHECK_FALSE(merged.factors);
    earlier.scale(0.5);
    CHECK_FALSE(earlier.factors);
  }
}

TEST_CASE("A step by an earlier factor lowers the sum of squares where weights "
          "moved from row to row") {
  test::Random random(405);
  const Index columns = 150, rows = 400;
  const Vector penalty = Vector::Constant(columns, 0.5);
  test::LinearProblem data{test::design(random, rows, columns),
                           test::normal(random, rows, 1),
                           test::posterior(random, rows, 2)};
  const LinearBlock block(2, 1, penalty);
  const Matrix anchor = test::normal(random, columns, 2);
  LinearStatistic earlier = data.sums(block, anchor);
  block.factorise(earlier);
  for (Index i = 0; i < rows; ++i) {
    data.weights(i, 0) *= test::uniform(random, 0.8, 1.0);
    data.weights(i, 1) *= test::uniform(random, 1.0, 1.2);
  }
  LinearStatistic later = data.sums(block, anchor);
  const LinearStatistic exact = later;
  later.gram = Grams();
  later.adopt_curvature(earlier);
  const auto objective = [&](const Vector &at, Index k) {
    const Vector residual = data.response - data.design * at;
    return data.weights.col(k).dot(residual.cwiseAbs2()) +
           penalty.dot(at.cwiseAbs2());
  };
  for (Index k = 0; k < 2; ++k) {
    Vector at = anchor.col(k);
    const LinearStep step = block.maximise(later, k, at, 1.0);
    const double before = objective(at, k);
    at += step.increment;
    const double after = objective(at, k);
    CHECK(after < before);
    // Nearly all of the way that a step by these weights' own factor goes.
    const double least =
        block.maximise(exact, k, anchor.col(k), 1.0).after(0, 0);
    CHECK(after - least < 0.02 * (before - least));
  }
}

TEST_CASE("The gate's bound is factorised once a run") {
  test::Random random(406);
  // By itself where it is asked for, and where there is no other curvature.
  for (Index columns : {5, 320}) {
    const test::Data data = test::simulate(random, 50, columns, 1);
    const auto mixture = test::mixture(data, 3, 5.0);
    const auto theta = test::parameters(random, mixture);
    for (Curvature kind : {Curvature::bound, Curvature::fisher}) {
      BatchControl control;
      control.curvature = kind;
      BatchCurvature<Gaussian> curvature(mixture, control, 50);
      Factors first;
      for (int pass = 0; pass < 30; ++pass) {
        Request request;
        curvature.ask(request);
        Statistic<Gaussian> sums;
        REQUIRE(accumulate_rows(mixture, data.rows(), theta, request, 1,
                                KeepGoing(), sums));
        curvature.complete(request.curvature, sums);
        if (pass == 0)
          first = sums.gate.bound;
        CHECK((sums.gate.bound == first));
      }
      CHECK((first != nullptr) == (kind == Curvature::bound || columns > 300));
    }
  }
}

TEST_CASE("Runs on wide designs climb to a fixed point of fresh curvature") {
  test::Random random(404);
  // Wide for experts alone, and so wide that the gate steps by its bound.
  for (Index columns : {140, 320}) {
    const Index experts = columns > 300 ? 3 : 2;
    const test::Data data = test::simulate(random, 700, columns, 1);
    const auto mixture = test::mixture(data, experts, 5.0);
    const auto start = test::parameters(random, mixture);
    for (Curvature curvature : {Curvature::bound, Curvature::fisher}) {
      BatchControl control;
      control.curvature = curvature;
      control.max_passes = 3000;
      control.tolerance = 1e-9;
      const Rows rows = data.rows();
      const auto result =
          Batch<Gaussian>(mixture, rows, control, Callbacks()).run(start);
      CHECK((result.reason == "converged"));
      CHECK(test::largest_fall(result.trace) < 1e-8);
      Request request;
      request.curvature = Curvature::bound;
      Statistic<Gaussian> sums;
      REQUIRE(accumulate_rows(mixture, rows, result.parameters, request, 1,
                              KeepGoing(), sums));
      CHECK(mixture.maximise(sums, result.parameters, Curvature::bound).gain <
            1e-6 * sums.weight);
    }
  }
}
