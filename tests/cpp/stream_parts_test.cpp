// The small parts of the incremental driver: waiting rows, step sizes, record.
#include "incremental_helpers.hpp"

#include <sgmoe/driver/row_buffer.hpp>
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
    Matrix entries(length, 4);
    Matrix shares(length, 3);
    double rows = 0.0;
    for (Index i = 0; i < length; ++i) {
      rows += static_cast<double>(test::integer(random, 1, 9));
      entries.row(i) << rows, test::uniform(random),
          test::uniform(random, -5.0, 5.0), test::uniform(random);
      shares.row(i) = test::posterior(random, 1, 3);
      record.add(entries(i, 0), entries(i, 1), entries(i, 2), entries(i, 3),
                 shares.row(i).transpose());
      REQUIRE(record.bins.rows() <= most);
    }
    REQUIRE(record.bins.cols() == 7);
    const auto width = static_cast<Index>(record.width);
    CHECK(width < std::max<Index>(2, 4 * length / most));
    REQUIRE(record.bins.rows() == (length + width - 1) / width);
    CHECK(static_cast<Index>(record.filled) == (length - 1) % width + 1);
    for (Index bin = 0; bin < record.bins.rows(); ++bin) {
      const Index first = bin * width;
      const Index count = std::min(width, length - first);
      const Index last = first + count - 1;
      Matrix expected(1, 7);
      expected << entries(last, 0), entries.col(1).segment(first, count).sum(),
          entries.col(2).segment(first, count).sum(), entries(last, 3),
          shares.row(last);
      CHECK(test::difference(record.bins.row(bin), expected) < 1e-13);
    }
  }
}
