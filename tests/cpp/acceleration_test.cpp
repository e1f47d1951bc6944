#include "helpers.hpp"

#include <sgmoe/driver/acceleration.hpp>

using namespace sgmoe;

namespace {

// A quadratic far from mixtures: climb b'x - x'Hx/2 by steps of gradient over
// the largest curvature. The plain map contracts by 1 - smallest/largest.
struct Quadratic {
  Matrix curvature;
  Vector linear;
  double largest;

  explicit Quadratic(test::Random &random, Index size, double condition)
      : largest(condition) {
    const Matrix basis =
        test::normal(random, size, size).householderQr().householderQ();
    Vector values(size);
    for (Index j = 0; j < size; ++j)
      values(j) = std::pow(condition, static_cast<double>(j) /
                                          static_cast<double>(size - 1));
    curvature = basis * values.asDiagonal() * basis.transpose();
    linear = test::normal(random, size, 1);
  }

  double value(const Vector &x) const {
    return linear.dot(x) - 0.5 * x.dot(curvature * x);
  }
  Vector gradient(const Vector &x) const { return linear - curvature * x; }
  Vector step(const Vector &x) const { return gradient(x) / largest; }

  // Evaluations until the gradient is 1e-9 of the first. Ascent is guarded up
  // to rounding, as any driver must: so near the top values say no more.
  int evaluations(Acceleration kind, Index history, int most) const {
    Accelerator accelerator(kind, history);
    Vector x = Vector::Zero(linear.size()), direction;
    for (int used = 1; used <= most; ++used) {
      if (gradient(x).norm() < 1e-9 * linear.norm())
        return used;
      Vector next = x + step(x);
      if (accelerator.propose(step(x), gradient(x), direction)) {
        const double now = value(x);
        if (value(x + direction) >= now - 1e-12 * (1.0 + std::fabs(now))) {
          accelerator.succeeded();
          next = x + direction;
        } else {
          accelerator.failed();
          ++used;
        }
      }
      accelerator.remember(next - x, gradient(next) - gradient(x),
                           step(next) - step(x));
      x = next;
    }
    return most + 1;
  }
};

} // namespace

TEST_CASE("On a quadratic acceleration needs few steps") {
  test::Random random(101);
  for (double condition : {10.0, 1e3, 1e5}) {
    const Quadratic toy(random, 8, condition);
    CAPTURE(condition);
    // Anderson is done after a round of all eight directions, once the reach
    // has grown to the condition; a second round is for rounding.
    const int few = 24 + static_cast<int>(std::log2(condition));
    CHECK(toy.evaluations(Acceleration::anderson, 10, 500) <= few);
    // Quasi-Newton without a line search ends superlinearly, not exactly; a
    // textbook BFGS in R with the same rules took 26, 54 and 104 evaluations.
    CHECK(toy.evaluations(Acceleration::quasi_newton, 60, 500) <= 6 * few);
  }
  // What it saves: the plain map contracts by 0.999 a step.
  const Quadratic slow(random, 8, 1e3);
  CHECK(slow.evaluations(Acceleration::none, 10, 2000) > 2000);
}

TEST_CASE("The quasi-Newton direction is the textbook's BFGS") {
  test::Random random(106);
  const Quadratic toy(random, 6, 50.0);
  const Index history = 3;
  Accelerator accelerator(Acceleration::quasi_newton, history);
  for (int i = 0; i < 100; ++i)
    accelerator.succeeded(); // no limit on the reach
  std::vector<Vector> moves;
  for (int i = 0; i < 5; ++i) {
    const Vector s = test::normal(random, 6, 1);
    const Vector y = toy.curvature * s;
    accelerator.remember(s, -y, -y / toy.largest);
    moves.push_back(s);
  }
  Matrix inverse = Matrix::Identity(6, 6) / toy.largest;
  for (std::size_t i = moves.size() - history; i < moves.size(); ++i) {
    const Vector &s = moves[i];
    const Vector y = toy.curvature * s;
    const Matrix left = Matrix::Identity(6, 6) - s * y.transpose() / s.dot(y);
    inverse = Matrix(left * inverse * left.transpose()) +
              s * s.transpose() / s.dot(y);
  }
  const Vector gradient = test::normal(random, 6, 1);
  Vector direction;
  REQUIRE(accelerator.propose(gradient / toy.largest, gradient, direction));
  CHECK(test::difference(direction, inverse * gradient) < 1e-13);
}

TEST_CASE("There is nothing to propose without a pair") {
  test::Random random(102);
  const Vector vector = test::normal(random, 4, 1);
  Vector direction;
  for (Acceleration kind : {Acceleration::none, Acceleration::anderson,
                            Acceleration::quasi_newton}) {
    Accelerator fresh(kind, 5);
    CHECK_FALSE(fresh.propose(vector, vector, direction));
    // Against the curvature of an ascent: s'y < 0.
    fresh.remember(vector, vector, vector);
    CHECK_FALSE(fresh.propose(vector, vector, direction));
    fresh.remember(vector, -vector, -0.5 * vector);
    const bool keeps = kind != Acceleration::none;
    CHECK(fresh.propose(vector, vector, direction) == keeps);
    fresh.failed();
    CHECK_FALSE(fresh.propose(vector, vector, direction));
    Accelerator forgetful(kind, 0);
    forgetful.remember(vector, -vector, -0.5 * vector);
    CHECK_FALSE(forgetful.propose(vector, vector, direction));
  }
}

TEST_CASE("A pair makes the step that would have been right") {
  // In one dimension both methods are the secant rule.
  const auto one = [](double value) {
    return Vector(Vector::Constant(1, value));
  };
  for (Acceleration kind :
       {Acceleration::anderson, Acceleration::quasi_newton}) {
    Accelerator accelerator(kind, 5);
    // Curvature 1, plain step half of the right one.
    accelerator.remember(one(0.5), one(-0.5), one(-0.25));
    Vector direction;
    REQUIRE(accelerator.propose(one(0.25), one(0.5), direction));
    CHECK(direction(0) == Approx(0.5).epsilon(1e-14));
  }
}

TEST_CASE("The reach bounds the promised gain, and moves with success") {
  const auto one = [](double value) {
    return Vector(Vector::Constant(1, value));
  };
  Accelerator accelerator(Acceleration::quasi_newton, 5);
  const auto ratio = [&] {
    // The right step is a thousand plain ones.
    accelerator.remember(one(1.0), one(-1.0), one(-1e-3));
    Vector direction;
    REQUIRE(accelerator.propose(one(1e-3), one(1.0), direction));
    return direction(0) / 1e-3;
  };
  const double first = ratio();
  CHECK(first > 1.0);
  CHECK(first < 1000.0);
  accelerator.succeeded();
  const double second = ratio();
  CHECK(second > first);
  accelerator.failed();
  CHECK(ratio() < second);
  for (int i = 0; i < 20; ++i)
    accelerator.failed();
  CHECK(ratio() > 1.0); // never less than the plain step
  for (int i = 0; i < 100; ++i)
    accelerator.succeeded();
  CHECK(ratio() == Approx(1000.0).epsilon(1e-10));
}

TEST_CASE("A proposal that is not an ascent is withheld") {
  Vector step(2), gradient(2), direction;
  for (Acceleration kind :
       {Acceleration::anderson, Acceleration::quasi_newton}) {
    Accelerator accelerator(kind, 5);
    accelerator.remember(Vector::Ones(2), -Vector::Ones(2),
                         -0.5 * Vector::Ones(2));
    step << 1.0, 0.0;
    gradient << std::nan(""), 1.0;
    CHECK_FALSE(accelerator.propose(step, gradient, direction));
    gradient.setZero();
    CHECK_FALSE(accelerator.propose(step, gradient, direction));
  }
}
