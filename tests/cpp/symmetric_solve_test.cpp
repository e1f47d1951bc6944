#include "helpers.hpp"

#include <sgmoe/core/solve.hpp>

using namespace sgmoe;

TEST_CASE("A system of full rank is solved as Eigen solves it") {
  test::Random random(21);
  for (Index size : {1, 2, 5, 20, 40}) {
    const Matrix matrix = test::positive_definite(random, size);
    const Matrix right = test::normal(random, size, 3);
    const SymmetricSolve solver(matrix);
    CHECK(solver.rank() == size);
    CHECK(test::difference(solver.solve(right),
                           matrix.fullPivLu().solve(right)) < 1e-9);
  }
}

TEST_CASE("The units of the variables do not matter") {
  test::Random random(22);
  const Matrix matrix = test::positive_definite(random, 6);
  const Matrix right = test::normal(random, 6, 2);
  const Matrix expected = SymmetricSolve(matrix).solve(right);
  for (double power : {-100.0, -8.0, 8.0, 100.0}) {
    Vector unit(6);
    unit << 1.0, std::pow(10.0, power), 1.0, 3.0, 1e-3, 1e5;
    const SymmetricSolve solver(unit.asDiagonal() * matrix * unit.asDiagonal());
    CHECK(solver.rank() == 6);
    const Matrix solution = solver.solve(unit.asDiagonal() * right);
    CHECK(test::difference(unit.asDiagonal() * solution, expected) < 1e-11);
  }
}

TEST_CASE("In a singular system, null directions get zero") {
  test::Random random(23);
  for (Index rank : {1, 2, 4, 6}) {
    const Index size = 7;
    const Matrix root = test::normal(random, size, rank);
    const Matrix matrix = root * root.transpose();
    const SymmetricSolve solver(matrix);
    CHECK(solver.rank() == rank);
    const Matrix wanted = test::normal(random, size, 2);
    const Matrix solution = solver.solve(matrix * wanted);
    // It solves the system ...
    CHECK(test::difference(matrix * solution, matrix * wanted) < 1e-8);
    // ... and has no part in the null space, in units of the diagonal.
    const Vector unit = matrix.diagonal().cwiseSqrt();
    const Matrix null_space =
        unit.asDiagonal() * Matrix(root.transpose().fullPivLu().kernel());
    CHECK(null_space.cols() == size - rank);
    const Matrix part = null_space.colwise().normalized().transpose() *
                        (unit.asDiagonal() * solution);
    CHECK(part.cwiseAbs().maxCoeff() < 1e-8);
  }
}

TEST_CASE("A duplicated column shares what the single one would get") {
  test::Random random(24);
  Matrix design = test::normal(random, 30, 3);
  const Matrix right = test::normal(random, 30, 1);
  const Matrix single = SymmetricSolve(design.transpose() * design)
                            .solve(design.transpose() * right);
  Matrix twice(30, 4);
  twice << design, design.col(2);
  const SymmetricSolve solver(twice.transpose() * twice);
  const Matrix solution = solver.solve(twice.transpose() * right);
  CHECK(solver.rank() == 3);
  CHECK(test::difference(solution.topRows(2), single.topRows(2)) < 1e-9);
  CHECK(solution(2, 0) == Approx(0.5 * single(2, 0)).epsilon(1e-9));
  CHECK(solution(3, 0) == Approx(0.5 * single(2, 0)).epsilon(1e-9));
}

TEST_CASE("A zero diagonal keeps its variable where it is") {
  test::Random random(25);
  Matrix matrix = Matrix::Zero(5, 5);
  const Matrix inner = test::positive_definite(random, 3);
  matrix.topLeftCorner(3, 3) = inner;
  const SymmetricSolve solver(matrix);
  CHECK(solver.rank() == 3);
  const Matrix right = test::normal(random, 5, 2);
  const Matrix solution = solver.solve(right);
  CHECK(solution.bottomRows(2).cwiseAbs().maxCoeff() == 0.0);
  CHECK(test::difference(solution.topRows(3),
                         inner.fullPivLu().solve(right.topRows(3))) < 1e-9);
}

TEST_CASE("Zero and denormal matrices have rank zero") {
  for (double value : {0.0, 1e-310}) {
    const SymmetricSolve solver(Matrix::Constant(4, 4, value));
    CHECK(solver.rank() == 0);
    CHECK(solver.solve(Matrix::Ones(4, 2)).cwiseAbs().maxCoeff() == 0.0);
  }
}

TEST_CASE("Near singularity the solution stays bounded by what is known") {
  test::Random random(26);
  for (double gap : {1e-2, 1e-4, 1e-6, 1e-8, 1e-12}) {
    // Two columns of a design that differ by `gap`.
    Matrix design = test::normal(random, 50, 2);
    design.col(1) = design.col(0) + gap * design.col(1);
    const Matrix matrix = design.transpose() * design;
    const Matrix right = design.transpose() * test::normal(random, 50, 1);
    const Matrix solution = SymmetricSolve(matrix).solve(right);
    CAPTURE(gap);
    CHECK(solution.allFinite());
    // Relative residual: rounding of order 1e-16 over the cut of 1e-13.
    CHECK((matrix * solution - right).norm() < 1e-2 * right.norm());
  }
}
