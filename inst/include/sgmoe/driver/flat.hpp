// Parameters, requests and statistics as one run of numbers each, to be sent or
// written.
#ifndef SGMOE_FLAT_HPP
#define SGMOE_FLAT_HPP

#include "pass.hpp"

#include <vector>

namespace sgmoe {

using Numbers = std::vector<double>;

/// Appends what it visits.
class FlatWriter {
public:
  explicit FlatWriter(Numbers &numbers) : numbers_(&numbers) {}

  template <class Name> void operator()(const Name &, double value) const {
    numbers_->push_back(value);
  }
  template <class Name>
  void operator()(const Name &, const Vector &value) const {
    append(value.data(), value.size());
  }
  template <class Name>
  void operator()(const Name &, const Matrix &value) const {
    append(value.data(), value.size());
  }
  template <class Name>
  void operator()(const Name &, const std::vector<Matrix> &value) const {
    for (const Matrix &matrix : value)
      append(matrix.data(), matrix.size());
  }

private:
  void append(const double *from, Index count) const {
    numbers_->insert(numbers_->end(), from, from + count);
  }

  Numbers *numbers_;
};

/// Fills what it visits, which has its shape.
class FlatReader {
public:
  FlatReader(const double *from, const double *end) : at_(from), end_(end) {}

  template <class Name> void operator()(const Name &, double &to) {
    take(&to, 1);
  }
  template <class Name> void operator()(const Name &, Vector &to) {
    take(to.data(), to.size());
  }
  template <class Name> void operator()(const Name &, Matrix &to) {
    take(to.data(), to.size());
  }
  template <class Name> void operator()(const Name &, std::vector<Matrix> &to) {
    for (Matrix &matrix : to)
      take(matrix.data(), matrix.size());
  }

  void finish() const {
    if (at_ != end_)
      throw InputError("statistic: it has too many numbers");
  }

private:
  void take(double *to, Index count) {
    if (end_ - at_ < count)
      throw InputError("statistic: it has too few numbers");
    std::copy(at_, at_ + count, to);
    at_ += count;
  }

  const double *at_, *end_;
};

constexpr std::size_t kQuestionHead = 5; // numbers before posteriors
// Batch asks for eight at the most, whatever its control, and R checks no
// question: but numbers that come by way of R are checked here before they are
// converted.
constexpr double kMostEvery = 1e6;

/// What is asked of a pass: kinds of sums, posteriors that are the same for all
/// rows (if any), and parameters.
template <class Family>
Numbers flat_question(const Request &request, Parameters<Family> theta) {
  Numbers result = {static_cast<double>(request.curvature),
                    static_cast<double>(request.fisher_every),
                    request.gate_gram ? 1.0 : 0.0, request.start ? 1.0 : 0.0,
                    request.posterior == nullptr ? 0.0 : 1.0};
  if (request.posterior != nullptr)
    for (Index k = 0; k < request.posterior->cols(); ++k)
      result.push_back((*request.posterior)(0, k));
  theta.fields(FlatWriter(result));
  return result;
}

/// The answer to flat_question(), from rows, which `before` others precede in
/// the data.
template <class Family>
bool flat_answer(const Mixture<Family> &mixture, RowSource &rows,
                 const Numbers &question, Index threads,
                 const KeepGoing &keep_going, Numbers &answer,
                 Index before = 0) {
  if (question.size() < kQuestionHead)
    throw InputError("question: it is too short");
  Request request;
  request.rows_before = before;
  for (Curvature kind : {Curvature::none, Curvature::bound, Curvature::fisher})
    if (question[0] == static_cast<double>(kind))
      request.curvature = kind;
  if (!(question[1] >= 1.0 && question[1] <= kMostEvery))
    throw InputError("question: Fisher sums of no rows");
  request.fisher_every = static_cast<Index>(question[1]);
  request.gate_gram = question[2] != 0.0;
  request.start = question[3] != 0.0;
  const bool given = question[4] != 0.0;
  const Index experts = given ? mixture.experts() : 0;
  if (static_cast<Index>(question.size()) <
      static_cast<Index>(kQuestionHead) + experts)
    throw InputError("question: it is too short");
  const Eigen::Map<const Matrix> posterior(question.data() + kQuestionHead, 1,
                                           experts);
  if (given)
    request.posterior = &posterior;
  Parameters<Family> theta = mixture.origin();
  FlatReader reader(question.data() + kQuestionHead + experts,
                    question.data() + question.size());
  theta.fields([&](const auto &name, auto &value) { reader(name, value); });
  reader.finish();
  Statistic<Family> sums;
  if (!accumulate_rows(mixture, rows, theta, request, threads, keep_going,
                       sums))
    return false;
  answer.clear();
  sums.fields(FlatWriter(answer));
  return true;
}

/// A statistic from its numbers.
template <class Family>
Statistic<Family> unflatten(const Mixture<Family> &mixture,
                            const Request &request, const Numbers &numbers) {
  Statistic<Family> result = mixture.statistic(request);
  FlatReader reader(numbers.data(), numbers.data() + numbers.size());
  result.fields([&](const auto &name, auto &&value) { reader(name, value); });
  reader.finish();
  return result;
}

} // namespace sgmoe

#endif
