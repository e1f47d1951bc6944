// Rows in a spill, logs of passes, and passes that others make.
#include "helpers.hpp"

#include <sgmoe/driver/batch.hpp>
#include <sgmoe/driver/checkpoint.hpp>
#include <sgmoe/driver/remote.hpp>
#include <sgmoe/driver/spill_sums.hpp>

#include <cstdio>
#include <unistd.h>

using namespace sgmoe;

namespace {

/// A file that is gone after the test.
struct File {
  std::string path;
  explicit File(const std::string &name)
      : path("/tmp/sgmoe-test-" + std::to_string(getpid()) + "-" + name) {}
  ~File() { std::remove(path.c_str()); }

  void flip(std::streamoff at) const {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ 4));
  }

  std::streamoff size() const {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    return file.tellg();
  }

  void cut(std::streamoff size) const {
    CHECK(truncate(path.c_str(), size) == 0);
  }
};

void write(const std::string &path, const Matrix &values) {
  SpillWriter::begin(path, values.cols(), 7);
  Index leaves = 0;
  for (Index i = 0; i < values.rows(); i += kLeafRows, ++leaves)
    SpillWriter::append(
        path, values.middleRows(i, std::min(kLeafRows, values.rows() - i)));
  SpillWriter::end(path, values.rows(), leaves);
}

std::vector<Index> numbers(Index first, Index count) {
  std::vector<Index> result;
  for (Index i = 0; i < count; ++i)
    result.push_back(first + i);
  return result;
}

/// Rows of a data set in a spill, and how to find them there.
struct Spilled {
  File file{"rows"};
  SpillParts parts;

  explicit Spilled(const test::Data &data) {
    const Rows rows = data.rows();
    const Index n = rows.size();
    Matrix all(n, rows.gate.values.cols() + rows.expert.values.cols() +
                      rows.response.values.cols() + 1);
    Index at = 0;
    const auto put = [&](const Columns &columns) {
      const Index count = columns.values.cols();
      all.middleCols(at, count) = columns.values;
      at += count;
      return SpillPart{numbers(at - count, count), columns.centre,
                       columns.scale};
    };
    parts.gate = put(rows.gate);
    parts.same_design = rows.same_design;
    if (!rows.same_design)
      parts.expert = put(rows.expert);
    parts.response = put(rows.response);
    if (rows.weights.size() > 0) {
      all.col(at) = rows.weights;
      parts.weight = {at};
    }
    write(file.path, all.leftCols(at + (rows.weights.size() > 0)));
  }
};

test::Data large(test::Random &random, Index rows) {
  test::Data data = test::simulate(random, rows, 3, 1);
  data.weights = test::positive(random, rows);
  return data;
}

} // namespace

TEST_CASE("A spill gives back what was written, to the last bit") {
  test::Random random(1501);
  const Index rows = kLeafRows + 77;
  Matrix values = test::normal(random, rows, 6);
  values.col(1).setOnes();
  for (Index i = 0; i < rows; ++i) {
    values(i, 2) = static_cast<double>(i % 256);
    values(i, 3) = i % 2 ? 0.0 : -0.0;
  }
  values(3, 4) = 256.0;
  values.col(5).setConstant(std::numeric_limits<double>::quiet_NaN());
  const File file("same");
  write(file.path, values);
  CHECK(file.size() < (3 * rows + 164) * 8 + rows);
  SpillReader reader(file.path);
  CHECK(reader.rows() == rows);
  CHECK(reader.columns() == 6);
  CHECK(reader.leaves() == 2);
  for (Index leaf : {1, 0, 1}) {
    Matrix got;
    reader.read(leaf, {4, 3, 2, 1, 0, 5}, got);
    const Matrix want = values.middleRows(
        leaf * kLeafRows, std::min(kLeafRows, rows - leaf * kLeafRows));
    const std::vector<Index> order = {4, 3, 2, 1, 0, 5};
    for (Index j = 0; j < 6; ++j) {
      const Vector column = want.col(order[static_cast<std::size_t>(j)]);
      CHECK(std::memcmp(got.col(j).data(), column.data(),
                        static_cast<std::size_t>(column.size()) * 8) == 0);
    }
  }
}

TEST_CASE("A damaged, foreign or incomplete spill is refused") {
  test::Random random(1502);
  const Matrix values = test::normal(random, kLeafRows + 10, 2);
  const auto read_all = [](const std::string &path) {
    SpillReader reader(path);
    Matrix got;
    for (Index leaf = 0; leaf < reader.leaves(); ++leaf)
      reader.read(leaf, {0, 1}, got);
  };
  CHECK_THROWS_AS(read_all("/nowhere/at/all"), SpillError);
  const File file("damaged");
  write(file.path, values);
  const std::streamoff size = file.size();
  std::vector<std::streamoff> places = {0,  8,  20, 40, 50,      60,
                                        64, 72, 80, 90, size - 1};
  for (int i = 0; i < 20; ++i)
    places.push_back(test::integer(random, 0, size - 1));
  for (std::streamoff at : places) {
    file.flip(at);
    CHECK_THROWS_AS(read_all(file.path), SpillError);
    file.flip(at);
  }
  read_all(file.path);
  file.cut(size - 8);
  CHECK_THROWS_AS(read_all(file.path), SpillError);
  file.cut(100);
  CHECK_THROWS_AS(read_all(file.path), SpillError);
  SpillWriter::begin(file.path, 2, 7);
  CHECK_THROWS_AS(read_all(file.path), SpillError);
  SpillWriter::append(file.path, values.topRows(5));
  CHECK_THROWS_AS(read_all(file.path), SpillError);
  CHECK_THROWS_AS(SpillWriter::begin("/nowhere/at/all", 2, 7), SpillError);
}

TEST_CASE("Passes over a spill are those over memory, to the last bit") {
  test::Random random(1503);
  for (Index rows : {500, 2 * static_cast<int>(kLeafRows) + 4001}) {
    test::Data data = large(random, rows);
    data.expert = test::design(random, rows, 2);
    data.same_design = false;
    const auto mixture = test::mixture(data, 3);
    const auto theta = test::parameters(random, mixture);
    const Spilled spilled(data);
    SpillRows source(spilled.file.path, spilled.parts);
    CHECK(source.size() == rows);
    for (Index threads : {1, 2}) {
      Request request;
      request.curvature = Curvature::fisher;
      Statistic<Gaussian> memory, file;
      CHECK(accumulate_rows(mixture, data.rows(), theta, request, 1,
                            KeepGoing(), memory));
      CHECK(accumulate_rows(mixture, source, theta, request, threads,
                            KeepGoing(), file));
      Numbers a, b;
      memory.fields(FlatWriter(a));
      file.fields(FlatWriter(b));
      CHECK(a == b);
    }
    BatchControl control;
    control.max_passes = 15;
    RowPasses<Gaussian> passes(source);
    const auto in_file =
        Batch<Gaussian>(mixture, passes, control, Callbacks()).run(theta);
    const Rows view = data.rows();
    const auto in_memory =
        Batch<Gaussian>(mixture, view, control, Callbacks()).run(theta);
    CHECK(in_file.trace == in_memory.trace);
  }
}

TEST_CASE("Moments of a spill are those of memory, to the last bit") {
  test::Random random(1504);
  const test::Data data = large(random, kLeafRows + 999);
  const Spilled spilled(data);
  const Rows rows = data.rows();
  SpillReader reader(spilled.file.path);
  for (bool weighted : {false, true}) {
    Vector mean, deviation, other_mean, other_deviation;
    double total;
    const Eigen::Map<const Vector> none(nullptr, 0);
    column_moments(rows.gate.values, weighted ? rows.weights : none, mean,
                   deviation);
    spill_moments(reader, spilled.parts.gate.columns,
                  weighted ? spilled.parts.weight[0] : -1, other_mean,
                  other_deviation, total);
    CHECK(mean == other_mean);
    CHECK(deviation == other_deviation);
    CHECK(total == Approx(weighted ? rows.total_weight() : rows.size()));
  }
}

TEST_CASE("Sums that come one by one are merged by their number alone") {
  struct Text {
    std::string text;
    void merge(const Text &other) { text = "(" + text + other.text + ")"; }
  };
  const auto total = [](int count) {
    SumTree<Text> tree;
    for (int i = 0; i < count; ++i)
      tree.add({std::string(1, static_cast<char>('a' + i))});
    return tree.total().text;
  };
  CHECK(total(1) == "a");
  CHECK(total(2) == "(ab)");
  CHECK(total(3) == "((ab)c)");
  CHECK(total(4) == "((ab)(cd))");
  CHECK(total(7) == "(((ab)(cd))((ef)g))");
}

TEST_CASE("A log gives the passes of a run back, and goes on where it ends") {
  test::Random random(1505);
  const test::Data data = large(random, 600);
  const auto mixture = test::mixture(data, 3);
  const auto theta = test::parameters(random, mixture);
  BatchControl control;
  control.max_passes = 30;
  const Rows view = data.rows();
  const auto plain =
      Batch<Gaussian>(mixture, view, control, Callbacks()).run(theta);
  const File file("log");
  CheckpointFile::begin(file.path, {1, 2, 3});
  std::uint64_t begins = 0;
  const std::vector<unsigned char> note = {1, 2, 3};
  CHECK(CheckpointFile::note(file.path, begins) == note);
  int made = 0;
  const auto logged = [&](const test::GaussianTheta &from) {
    struct Counted final : PassSource<Gaussian> {
      MemoryPasses<Gaussian> passes;
      int &made;
      Counted(const Rows &rows, int &count) : passes(rows), made(count) {}
      Index size() const override { return passes.size(); }
      bool pass(const test::GaussianMixture &mixture,
                const test::GaussianTheta &at, const Request &request,
                Index threads, const KeepGoing &keep_going,
                Statistic<Gaussian> &result) override {
        ++made;
        return passes.pass(mixture, at, request, threads, keep_going, result);
      }
    } counted(view, made);
    CheckpointFile log(file.path, begins);
    LoggedPasses<Gaussian> passes(counted, log);
    return Batch<Gaussian>(mixture, passes, control, Callbacks()).run(from);
  };
  CHECK(logged(theta).trace == plain.trace);
  CHECK(made == plain.passes);
  const std::streamoff size = file.size();
  CHECK(logged(theta).trace == plain.trace);
  CHECK(made == plain.passes);
  for (int i = 0; i < 10; ++i) {
    made = 0;
    file.cut(test::integer(random, static_cast<Index>(begins), size - 1));
    CHECK(logged(theta).trace == plain.trace);
    CHECK(made > 0);
    CHECK(file.size() == size);
  }
  auto other = theta;
  other.gate(0, 0) += 1e-9;
  CHECK_THROWS_AS(logged(other), CheckpointError);
  file.flip(20);
  CHECK_THROWS_AS(CheckpointFile::note(file.path, begins), CheckpointError);
  file.cut(30);
  CHECK_THROWS_AS(CheckpointFile::note(file.path, begins), CheckpointError);
}

TEST_CASE("Passes of partitions are those of all rows together") {
  test::Random random(1506);
  const test::Data data = large(random, 900);
  const auto mixture = test::mixture(data, 2);
  const auto theta = test::parameters(random, mixture);
  const Rows view = data.rows();
  const auto ask = [&](const Numbers &question) {
    MemoryRows rows(view);
    std::vector<Numbers> result(2);
    for (Numbers &answer : result)
      CHECK(flat_answer(mixture, rows, question, 1, KeepGoing(), answer));
    return result;
  };
  RemotePasses<Gaussian> remote(1800, ask);
  const Matrix one = Matrix::Constant(1, 2, 0.5);
  const Eigen::Map<const Matrix> posterior(one.data(), 1, 2);
  for (bool given : {false, true}) {
    Request request;
    request.posterior = given ? &posterior : nullptr;
    Statistic<Gaussian> sums, twice;
    CHECK(accumulate_rows(mixture, view, theta, request, 1, KeepGoing(), sums));
    CHECK(remote.pass(mixture, theta, request, 1, KeepGoing(), twice));
    sums.merge(Statistic<Gaussian>(sums));
    Numbers a, b;
    sums.fields(FlatWriter(a));
    twice.fields(FlatWriter(b));
    CHECK(a == b);
  }
  Statistic<Gaussian> sums;
  RemotePasses<Gaussian> interrupted(
      9, [](const Numbers &) { return std::vector<Numbers>(); });
  CHECK_FALSE(
      interrupted.pass(mixture, theta, Request(), 1, KeepGoing(), sums));
}
