#include "helpers.hpp"

#include <sgmoe/core/rows.hpp>

using namespace sgmoe;

TEST_CASE("Columns are loaded in the working basis") {
  test::Random random(71);
  const Matrix values = test::normal(random, 30, 3);
  Columns columns = test::Data::view(values);
  columns.centre << 1.0, -2.0, 0.0;
  columns.scale << 2.0, 0.5, 1e6;
  Matrix buffer(1, 1); // of the wrong size at first
  columns.load(5, 10, buffer);
  Matrix expected = values.middleRows(5, 10);
  expected.rowwise() -= columns.centre.transpose();
  expected.array().rowwise() /= columns.scale.transpose().array();
  CHECK(test::difference(buffer, expected) < 1e-15);
}

TEST_CASE("A block holds the rows asked for") {
  test::Random random(72);
  test::Data data = test::simulate(random, 40, 3, 2);
  data.expert = test::normal(random, 40, 2);
  Block block;
  for (bool same_design : {false, true, false}) {
    data.same_design = same_design;
    data.weights = test::positive(random, 40);
    data.offset = test::normal(random, 40, 3);
    block.load(data.rows(), 7, 12);
    CHECK(block.first() == 7);
    CHECK(block.size() == 12);
    CHECK(test::difference(block.gate(), data.gate.middleRows(7, 12)) == 0.0);
    CHECK(test::difference(block.expert(),
                           data.expert_design().middleRows(7, 12)) == 0.0);
    CHECK(test::difference(block.response(), data.response.middleRows(7, 12)) ==
          0.0);
    CHECK(test::difference(block.weights(), data.weights.segment(7, 12)) ==
          0.0);
    CHECK(test::difference(block.offset(), data.offset.middleRows(7, 12)) ==
          0.0);
  }
  data.weights.resize(0);
  data.offset.resize(0, 0);
  block.load(data.rows(), 0, 3);
  CHECK(block.offset().cols() == 0);
  CHECK(test::difference(block.weights(), Vector::Ones(3)) == 0.0);
}

// The glue hands over no rows at all where there is no offset.
TEST_CASE("No offset needs no rows") {
  test::Random random(75);
  const test::Data data = test::simulate(random, 40, 2, 1);
  Rows rows = data.rows();
  new (&rows.offset) Eigen::Map<const Matrix>(nullptr, 0, 0);
  CHECK_NOTHROW(rows.check());
  Block block;
  CHECK_NOTHROW(block.load(rows, 0, 12));
  CHECK_NOTHROW(block.load(rows, 7, 12));
  CHECK(block.offset().cols() == 0);
}

TEST_CASE("The total weight counts rows where there are no weights") {
  test::Random random(73);
  test::Data data = test::simulate(random, 25, 2, 1);
  CHECK(data.rows().total_weight() == 25.0);
  data.weights = test::positive(random, 25);
  CHECK(data.rows().total_weight() == Approx(data.weights.sum()));
}

TEST_CASE("Columns that do not belong to the model are named") {
  test::Random random(76);
  const Matrix values = test::normal(random, 9, 3);
  const auto message = [&](Index columns, Index centre, Index scale) {
    Columns bad = test::Data::view(values);
    bad.centre = Vector::Zero(centre);
    bad.scale = Vector::Ones(scale);
    try {
      bad.check("gate", columns);
    } catch (const InputError &error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(message(3, 3, 3).empty());
  CHECK(message(2, 3, 3) == "gate: columns has size 3, expected 2");
  CHECK(message(3, 1, 3) == "gate: centre has size 1, expected 3");
  CHECK(message(3, 3, 4) == "gate: scale has size 4, expected 3");
}

TEST_CASE("Sizes that disagree are named") {
  test::Random random(74);
  const test::Data good = test::simulate(random, 10, 2, 1);
  CHECK_NOTHROW(good.rows().check());
  const auto message = [](const test::Data &data) -> std::string {
    try {
      data.rows().check();
    } catch (const InputError &error) {
      return error.what();
    }
    return "";
  };
  test::Data bad = good;
  bad.response = test::normal(random, 9, 1);
  CHECK(message(bad) == "Rows: response has size 9, expected 10");
  bad = good;
  bad.weights = Vector::Ones(11);
  CHECK(message(bad) == "Rows: weights has size 11, expected 10");
  bad = good;
  bad.expert = test::normal(random, 3, 2);
  CHECK(message(bad).empty()); // not looked at: one design for both
  bad.same_design = false;
  CHECK(message(bad) == "Rows: expert design has size 3, expected 10");
  bad = good;
  bad.offset = test::normal(random, 12, 3);
  CHECK(message(bad) == "Rows: offset has size 12, expected 10");
  bad = good;
  bad.response.resize(0, 0); // prediction
  CHECK(message(bad).empty());
}
