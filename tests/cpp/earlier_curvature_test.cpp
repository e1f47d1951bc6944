// Curvature that a pass leaves out and takes from an earlier one.
#include "multinomial_helpers.hpp"

#include <sgmoe/driver/batch.hpp>
#include <sgmoe/driver/flat.hpp>
#include <sgmoe/family/poisson.hpp>

using namespace sgmoe;

namespace {

template <class Family>
Statistic<Family> sums_of(const Mixture<Family> &mixture,
                          const test::Data &data,
                          const Parameters<Family> &theta, Curvature curvature,
                          Index fisher_every = 1) {
  Request request;
  request.curvature = curvature;
  request.fisher_every = fisher_every;
  Statistic<Family> result;
  REQUIRE(accumulate_rows(mixture, data.rows(), theta, request, 1, KeepGoing(),
                          result));
  return result;
}

// Calls visit(mixture, data, start) for a mixture of each family, or a start of
// each that is far from any optimum.
template <class Visit> void each_family(int seed, const Visit &visit) {
  test::Random random(seed);
  test::Data data = test::simulate(random, 300, 3, 1);
  data.weights = test::positive(random, 300);
  const auto wild = [&](auto theta) {
    theta.gate = test::normal(random, theta.gate.rows(), theta.gate.cols());
    theta.gate.colwise() -= Vector(theta.gate.rowwise().mean());
    return theta;
  };
  const auto gaussian = test::mixture(data, 3, 0.1);
  visit(gaussian, data, wild(test::parameters(random, gaussian)));
  const Vector penalty = Vector::Constant(3, 0.1);
  for (Index i = 0; i < 300; ++i)
    data.response(i, 0) = static_cast<double>(i * i % 3);
  const Mixture<Multinomial> classes(penalty, Multinomial(3, 3, penalty));
  visit(classes, data, wild(classes.origin()));
  const Mixture<Poisson> counts(penalty, Poisson(3, penalty));
  visit(counts, data, wild(counts.origin()));
}

} // namespace

TEST_CASE("A pass may leave out curvature and nothing else") {
  each_family(301, [](const auto &mixture, const auto &data,
                      const auto &theta) {
    auto with = sums_of(mixture, data, theta, Curvature::fisher);
    auto without = sums_of(mixture, data, theta, Curvature::none);
    CHECK((without.log_likelihood == with.log_likelihood));
    CHECK((without.weight == with.weight));
    CHECK((without.expert.weight == with.expert.weight));
    CHECK((mixture.gradient(without, theta) == mixture.gradient(with, theta)));
    // From the same point it is what it would have been.
    mixture.factorise(BoundShare(Curvature::fisher), with);
    const auto factors = with.gate.factors;
    REQUIRE(factors);
    without.adopt_curvature(with);
    CHECK(without.gate.factors == factors);
    // A statistic that has curvature keeps it.
    with.adopt_curvature(sums_of(mixture, data, theta, Curvature::fisher));
    CHECK(with.gate.factors == factors);
    Numbers taken, left_out;
    with.fields(FlatWriter(taken));
    without.fields(FlatWriter(left_out));
    CHECK(taken == left_out);
    const auto steps = [&](const auto &sums) {
      return mixture.pack(
          mixture.maximise(sums, theta, Curvature::fisher).parameters);
    };
    CHECK((steps(without) == steps(with)));
  });
}

TEST_CASE("Gram matrices of an earlier pass grow with the experts' weights") {
  each_family(
      302, [](const auto &mixture, const auto &data, const auto &theta) {
        auto sums = sums_of(mixture, data, theta, Curvature::none);
        auto earlier = sums_of(mixture, data, theta, Curvature::fisher);
        const Matrix before = mixture.family().total_gram(earlier.expert);
        earlier.expert.weight /= 3.0;
        sums.adopt_curvature(earlier);
        CHECK(test::difference(mixture.family().total_gram(sums.expert),
                               3.0 * before) < 1e-14);
        // An expert that had nothing tells nothing of how it grew.
        sums = sums_of(mixture, data, theta, Curvature::none);
        earlier.expert.weight.setZero();
        sums.adopt_curvature(earlier);
        CHECK((mixture.family().total_gram(sums.expert) == before));
      });
}

TEST_CASE("A request without curvature survives being sent") {
  each_family(303, [](const auto &mixture, const auto &data,
                      const auto &theta) {
    for (Curvature curvature :
         {Curvature::none, Curvature::bound, Curvature::fisher}) {
      Request request;
      request.curvature = curvature;
      request.fisher_every = 3;
      const Rows rows = data.rows();
      MemoryRows source(rows);
      Numbers answer, expected;
      REQUIRE(flat_answer(mixture, source, flat_question(request, theta), 1,
                          KeepGoing(), answer));
      sums_of(mixture, data, theta, curvature, 3).fields(FlatWriter(expected));
      CHECK(answer == expected);
      CHECK_NOTHROW(unflatten(mixture, request, answer));
    }
  });
}

TEST_CASE("Fisher sums of a share of the rows stand for all of them") {
  // Rows that are all alike: any of them tell the whole.
  each_family(304, [](const auto &mixture, test::Data data, const auto &theta) {
    for (Index i = 1; i < data.gate.rows(); ++i) {
      data.gate.row(i) = data.gate.row(0);
      data.response.row(i) = data.response.row(0);
    }
    data.weights.setOnes();
    const auto all = sums_of(mixture, data, theta, Curvature::fisher);
    for (Index every : {2, 3, 100}) {
      const auto some = sums_of(mixture, data, theta, Curvature::fisher, every);
      CHECK((some.gate.score == all.gate.score));
      CHECK((some.gate.gram.packed() == all.gate.gram.packed()));
      CHECK(test::difference(some.gate.cross.packed(),
                             all.gate.cross.packed()) < 1e-12);
    }
  });
  // Of rows that differ they are those of every fourth, wherever the rows lie.
  each_family(305, [](const auto &mixture, const auto &data,
                      const auto &theta) {
    test::Data fourth = data;
    for (Index i = 0; i < 300; ++i)
      fourth.weights(i) *= i % 4 == 0 ? 4.0 : 0.0;
    const Matrix expected =
        sums_of(mixture, fourth, theta, Curvature::fisher).gate.cross.packed();
    CHECK(test::difference(sums_of(mixture, data, theta, Curvature::fisher, 4)
                               .gate.cross.packed(),
                           expected) < 1e-12);
    Request request;
    request.curvature = Curvature::fisher;
    request.fisher_every = 4;
    auto total = mixture.statistic(request);
    for (Index first : {0, 2, 133}) {
      const Index end = first == 0 ? 2 : first == 2 ? 133 : 300;
      const test::Data part = data.slice(first, end - first);
      const Rows rows = part.rows();
      MemoryRows source(rows);
      Numbers answer;
      REQUIRE(flat_answer(mixture, source, flat_question(request, theta), 1,
                          KeepGoing(), answer, first));
      total.merge(unflatten(mixture, request, answer));
    }
    CHECK(test::difference(total.gate.cross.packed(), expected) < 1e-12);
  });
}

TEST_CASE("A run with the curvature of a share of many rows climbs and ends at "
          "a fixed point of all") {
  test::Random random(306);
  const test::Data data = test::simulate(random, 54000, 9, 1);
  const auto mixture = test::mixture(data, 6, 0.1);
  // A share is worth it, and there are rows enough for one.
  REQUIRE(mixture.fisher_cost() >= 2.0);
  REQUIRE(data.gate.rows() >= 512 * mixture.free_size());
  BatchControl control;
  control.tolerance = 1e-10;
  const Rows rows = data.rows();
  const auto result = Batch<Gaussian>(mixture, rows, control, Callbacks())
                          .run(test::parameters(random, mixture));
  CHECK((result.reason == "converged"));
  for (std::size_t i = 1; i < result.trace.size(); ++i)
    CHECK(result.trace[i] >=
          result.trace[i - 1] - 1e-12 * std::fabs(result.trace[i]));
  const auto sums =
      sums_of(mixture, data, result.parameters, Curvature::fisher);
  CHECK(mixture.maximise(sums, result.parameters, Curvature::fisher).gain <
        1e-8 * sums.weight);
}

TEST_CASE("Runs climb and end at a fixed point of fresh curvature") {
  for (int seed = 310; seed < 330; ++seed)
    each_family(seed, [](const auto &mixture, const auto &data,
                         const auto &start) {
      using Family = typename std::decay<decltype(mixture.family())>::type;
      for (Acceleration kind :
           {Acceleration::none, Acceleration::quasi_newton}) {
        BatchControl control;
        control.acceleration = kind;
        control.tolerance = 1e-12;
        control.max_passes = 5000;
        const Rows rows = data.rows();
        const auto result =
            Batch<Family>(mixture, rows, control, Callbacks()).run(start);
        for (std::size_t i = 1; i < result.trace.size(); ++i)
          CHECK(result.trace[i] >= result.trace[i - 1] - 1e-9);
        if (result.reason != "converged")
          continue;
        const auto sums =
            sums_of(mixture, data, result.parameters, Curvature::fisher);
        CHECK(
            mixture.maximise(sums, result.parameters, Curvature::fisher).gain <
            1e-8 * sums.weight);
      }
    });
}
