// The small parts of the incremental driver: waiting rows, step sizes, record.
#include "incremental_helpers.hpp"

#include <sgmoe/driver/row_buffer.hpp>
#include <sgmoe/driver/row_cap.hpp>
#include <sgmoe/driver/step_size.hpp>
#include <sgmoe/driver/stream_record.hpp>

using namespace sgmoe;

namespace {

// A block of rows in the working basis, all parts side by side.
Matrix loaded(const Rows &rows, Index first, Index count) {
  Block block;
  block.load(rows, first, count);
  Matrix result(count, block.gate().cols() + block.expert().cols() +
                           block.response().cols() + 1 + block.offset().cols());
  result << block.gate(), block.expert(), block.response(), block.weights(),
      block.offset();
  return result;
}

void rescale(test::Random &random, Columns &columns) {
  columns.centre = test::normal(random, columns.centre.size(), 1);
  columns.scale = test::positive(random, columns.scale.size());
}

} // namespace

TEST_CASE("A row buffer gives back the rows, bit for bit") {
  test::Random random(601);
  for (const test::Kind &kind : test::kinds()) {
    CAPTURE(kind.counts);
    CAPTURE(kind.offset);
    CAPTURE(kind.weights);
    CAPTURE(kind.same_design);
    const test::Data data = test::simulate_classes(random, 40, 3, 4, kind);
    Rows rows = data.rows();
    rescale(random, rows.gate);
    rescale(random, rows.expert);
    RowBuffer buffer;
    CHECK(buffer.size() == 0);
    for (int round = 0; round < 2; ++round) { // once more after clear()
      Index done = 5;
      for (Index count : {1, 0, 7, 1, 12}) {
        buffer.append(rows, done, count);
        done += count;
      }
      REQUIRE(buffer.size() == 21);
      CHECK(buffer.values.cols() == RowBuffer::columns(rows));
      const Rows view = buffer.view(rows);
      CHECK_NOTHROW(view.check());
      CHECK(view.size() == 21);
      CHECK(view.same_design == rows.same_design);
      CHECK(loaded(view, 0, 21) == loaded(rows, 5, 21));
      CHECK(loaded(view, 3, 4) == loaded(rows, 8, 4));
      buffer.clear();
      CHECK(buffer.size() == 0);
    }
  }
}

TEST_CASE("Rows of another shape do not join a buffer") {
  test::Random random(602);
  const test::Data data = test::simulate(random, 10, 3, 1);
  const test::Data wide = test::simulate(random, 10, 4, 1);
  RowBuffer buffer;
  buffer.append(data.rows(), 0, 2);
  CHECK_THROWS_AS(buffer.append(wide.rows(), 0, 2), InputError);
  CHECK(buffer.size() == 2);
  buffer.clear();
  CHECK_NOTHROW(buffer.append(wide.rows(), 0, 2));
}

TEST_CASE("Step sizes decrease from one, or are constant") {
  StepSize step;
  step.exponent = 0.6;
  step.delay = 3.0;
  CHECK(step(1.0) == Approx(std::exp(-0.6 * std::log(4.0))).epsilon(1e-14));
  CHECK(step(97.0) == Approx(std::exp(-0.6 * std::log(100.0))).epsilon(1e-14));
  step.delay = 0.0;
  CHECK(step(0.0) == 1.0);
  CHECK(step(1.0) == 1.0);
  step.constant = 0.02;
  CHECK(step(0.0) == 0.02);
  CHECK(step(1e6) == 0.02);
}

TEST_CASE("The delay makes the first window as long as the pilot") {
  for (double exponent : {0.51, 0.75, 1.0})
    for (double minibatches : {1.0, 2.5, 40.0, 1e4}) {
      StepSize step;
      step.exponent = exponent;
      step.delay = StepSize::delay_after(minibatches, exponent);
      CHECK(1.0 / step(0.0) == Approx(minibatches).epsilon(1e-12));
    }
  // A pilot shorter than a minibatch: never more than all at once.
  CHECK(StepSize::delay_after(0.2, 0.75) == 1.0);
  // At exponent one every row counts the same.
  StepSize step;
  step.exponent = 1.0;
  step.delay = 7.0;
  for (double n : {1.0, 2.0, 1000.0})
    CHECK((1.0 - step(n)) * step(n - 1.0) / step(n) ==
          Approx(1.0).epsilon(1e-12));
}

TEST_CASE("A record has all minibatches in few bins") {
  test::Random random(603);
  const Index most = StreamRecord::kMostBins;
  for (Index length : {1, 7, 200, 201, 400, 401, 5000}) {
    CAPTURE(length);
    StreamRecord record(3);
    Matrix entries(length, 5);
    Matrix shares(length, 3);
    double rows = 0.0;
    for (Index i = 0; i < length; ++i) {
      rows += static_cast<double>(test::integer(random, 1, 9));
      entries.row(i) << rows, test::uniform(random),
          test::uniform(random, -5.0, 5.0), test::uniform(random),
          static_cast<double>(test::integer(random, 0, 2));
      shares.row(i) = test::posterior(random, 1, 3);
      record.add(entries(i, 0), entries(i, 1), entries(i, 2), entries(i, 3),
                 entries(i, 4), shares.row(i).transpose());
      REQUIRE(record.bins.rows() <= most);
    }
    REQUIRE(record.bins.cols() == 8);
    const auto width = static_cast<Index>(record.width);
    CHECK(width < std::max<Index>(2, 4 * length / most));
    REQUIRE(record.bins.rows() == (length + width - 1) / width);
    CHECK(static_cast<Index>(record.filled) == (length - 1) % width + 1);
    for (Index bin = 0; bin < record.bins.rows(); ++bin) {
      const Index first = bin * width;
      const Index count = std::min(width, length - first);
      const Index last = first + count - 1;
      Matrix expected(1, 8);
      expected << entries(last, 0), entries.col(1).segment(first, count).sum(),
          entries.col(2).segment(first, count).sum(), entries(last, 3),
          entries.col(4).segment(first, count).sum(), shares.row(last);
      CHECK(test::difference(record.bins.row(bin), expected) < 1e-13);
    }
  }
}

// Log-densities of rows with this noise, from their definition.
template <class Noise> double reach_of(Index rows, const Noise &noise) {
  Vector log_density(rows);
  for (Index i = 0; i < rows; ++i)
    log_density(i) = -0.5 * std::pow(noise(), 2.0);
  RowCap cap;
  cap.begin(log_density);
  return std::sqrt(2.0 * (cap.most() - cap.centre)); // standard deviations
}

TEST_CASE("Heavy tails are capped later than light ones") {
  test::Random random(731);
  const auto normal = [&]() { return test::normal(random, 1, 1)(0, 0); };
  const double light = reach_of(20000, normal);
  CHECK(light > 10.0);
  CHECK(light < 20.0);
  // t with three degrees of freedom, in standard deviations
  const double heavy = reach_of(20000, [&]() {
    double sum = 0.0;
    for (int i = 0; i < 3; ++i)
      sum += std::pow(normal(), 2.0);
    return normal() / std::sqrt(sum);
  });
  CHECK(heavy > 30.0);
  // An accident in a thousand hardly matters, one in fifty is no accident.
  const auto contaminated = [&](double share) {
    return reach_of(20000, [&]() {
      return test::uniform(random) < share ? 1e4 : normal();
    });
  };
  CHECK(contaminated(0.001) < 1.3 * light);
  CHECK(contaminated(0.02) > 1e4);
}

TEST_CASE("Levels follow the last rows, whatever their minibatches") {
  test::Random random(732);
  RowCap cap;
  cap.begin(Vector::Zero(50));
  CHECK(cap.most() == 50.0); // never less
  for (int i = 0; i < 100; ++i) {
    RowLevels levels;
    for (int j = 0; j < 64; ++j)
      levels.add(cap.centre + 2.0 -
                 0.5 * std::pow(test::normal(random, 1, 1)(0, 0), 2.0));
    cap.add(levels);
    CHECK(cap.counts.sum() <= 3200.0 + 1e-9);
  }
  CHECK(cap.counts.sum() > 3199.0);
  RowLevels other, both;
  other.add(3.0);
  both.add(-0.2);
  both.merge(other);
  CHECK(both.rows == 2.0);
  CHECK(both.counts.sum() == 2.0);
  CHECK(std::fabs(both.pull + 0.8) < 1e-15);
}
