#include "helpers.hpp"

#include <sgmoe/driver/pass.hpp>

using namespace sgmoe;

TEST_CASE("run_groups does every group once") {
  for (Index threads : {1, 2, 3, 5}) {
    std::vector<std::atomic<int>> done(20);
    for (auto &count : done)
      count = 0;
    const bool complete =
        run_groups(20, threads, KeepGoing(), [&](Index group, Index thread) {
          if (thread >= 0 && thread < threads)
            ++done[static_cast<std::size_t>(group)];
        });
    CHECK(complete);
    for (auto &count : done)
      CHECK(count == 1);
  }
}

TEST_CASE("An interrupt ends the walk") {
  for (Index threads : {1, 3}) {
    std::atomic<Index> done(0);
    std::atomic<bool> asked(false);
    const auto stop = [&] {
      asked = true;
      return false;
    };
    const bool complete =
        run_groups(1000, threads, stop, [&](Index, Index thread) {
          // The others wait, for only the calling thread asks.
          while (thread != 0 && !asked)
            std::this_thread::yield();
          ++done;
        });
    CHECK_FALSE(complete);
    // Each thread may finish what it holds, and one group taken meanwhile.
    CHECK(done < 1000);
  }
}

TEST_CASE("An exception in a worker comes out of the calling thread") {
  for (Index threads : {1, 3}) {
    std::atomic<bool> thrown(false);
    const auto work = [&](Index, Index thread) {
      if (thread == threads - 1) {
        thrown = true;
        throw std::runtime_error("from a worker");
      }
      while (!thrown)
        std::this_thread::yield();
    };
    CHECK_THROWS_WITH(run_groups(50, threads, KeepGoing(), work),
                      "from a worker");
  }
}

TEST_CASE("An exception of the caller's hook comes out too") {
  const auto fails = []() -> bool { throw std::runtime_error("hook"); };
  CHECK_THROWS_WITH(run_groups(9, 2, fails,
                               [](Index, Index) {
                                 std::this_thread::sleep_for(
                                     std::chrono::milliseconds(1));
                               }),
                    "hook");
}

TEST_CASE("A walk visits all rows once, in small blocks and fixed groups") {
  for (Index rows : {0, 1, 255, 256, 257, 700, 16384, 16385, 40000}) {
    std::vector<int> seen(static_cast<std::size_t>(rows), 0);
    const RowWalk walk(rows, 1);
    Index expected = 0, last_group = 0;
    bool in_order = true, small = true;
    walk.run(KeepGoing(), [&](Index first, Index count, Index group, Index) {
      in_order = in_order && first == expected && group >= last_group;
      small = small && count > 0 && count <= kBlockRows;
      expected = first + count;
      last_group = group;
    });
    CHECK(in_order);
    CHECK(small);
    CHECK(expected == rows);
    CHECK(walk.groups() <= kMostGroups);
    CHECK(RowWalk(rows, 7).groups() == walk.groups());
  }
}

TEST_CASE("Threads are no more than asked for, and at least one") {
  CHECK(RowWalk(1000000, 3).threads() == 3);
  CHECK(RowWalk(1000000, 0).threads() == 1);
  CHECK(RowWalk(1000000, -2).threads() == 1);
  CHECK(RowWalk(0, 8).threads() == 1);
  CHECK(RowWalk(100, 8).threads() == 1);
  CHECK(RowWalk(1000000000, 1000).threads() == kMostGroups);
}

TEST_CASE("A pass is bit-identical for any number of threads") {
  test::Random random(91);
  test::Data data = test::simulate(random, 6001, 4, 2);
  data.weights = test::positive(random, 6001);
  data.expert = test::design(random, 6001, 3);
  data.same_design = false;
  const auto mixture = test::mixture(data, 3);
  const auto theta = test::parameters(random, mixture);
  const auto pass = [&](Index threads) {
    Request request;
    request.curvature = Curvature::fisher;
    Statistic<Gaussian> sums;
    CHECK(accumulate_rows(mixture, data.rows(), theta, request, threads,
                          KeepGoing(), sums));
    return sums;
  };
  const auto one = pass(1);
  CHECK(one.log_likelihood ==
        Approx(data.weights.dot(test::log_density(data, theta))));
  CHECK(one.rows == 6001.0);
  for (Index threads : {1, 2, 3, 5})
    for (int repeat = 0; repeat < 3; ++repeat) {
      const auto more = pass(threads);
      CHECK(more.log_likelihood == one.log_likelihood);
      CHECK(more.weight == one.weight);
      CHECK(more.gate.score == one.gate.score);
      CHECK(more.gate.gram.matrix(0) == one.gate.gram.matrix(0));
      CHECK(more.gate.cross.matrix(2) == one.gate.cross.matrix(2));
      CHECK(more.expert.weight == one.expert.weight);
      CHECK(more.expert.cross == one.expert.cross);
      CHECK(more.expert.residual == one.expert.residual);
      for (Index k = 0; k < 3; ++k)
        CHECK(more.expert.gram.matrix(k) == one.expert.gram.matrix(k));
    }
}

TEST_CASE("A pass that is interrupted says so") {
  test::Random random(92);
  const test::Data data = test::simulate(random, 2000, 2, 1);
  const auto mixture = test::mixture(data, 2);
  Statistic<Gaussian> sums;
  CHECK_FALSE(accumulate_rows(
      mixture, data.rows(), test::parameters(random, mixture), Request(), 1,
      [] { return false; }, sums));
}
