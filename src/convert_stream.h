// The state of a stream as a plain list of numbers, and back.
#ifndef SGMOE_CONVERT_STREAM_H
#define SGMOE_CONVERT_STREAM_H

#include "convert.h"

#include <sgmoe/driver/incremental.hpp>

#include <string>
#include <utility>

namespace convert {

// One list of a state's fields serves both directions: calls
// field(name, value) for each.

template <class Field>
void fields(sgmoe::LinearStatistic &statistic, const Field &field) {
  field("expert_weight", statistic.weight);
  field("expert_gram", statistic.gram.packed());
  field("expert_cross", statistic.cross);
  field("expert_residual", statistic.residual);
}

template <class Field>
void fields(sgmoe::MultinomialStatistic &statistic, const Field &field) {
  field("expert_weight", statistic.weight);
  field("expert_score", statistic.logit.score);
  field("expert_gram", statistic.logit.gram.packed());
  field("expert_cross", statistic.logit.cross.packed());
}

template <class Family, class Field>
void fields(sgmoe::StreamState<Family> &state, const Field &field) {
  field("sums_rows", state.sums.rows);
  field("sums_weight", state.sums.weight);
  field("sums_log_likelihood", state.sums.log_likelihood);
  field("gate_score", state.sums.gate.score);
  field("gate_gram", state.sums.gate.gram.packed());
  field("gate_cross", state.sums.gate.cross.packed());
  fields(state.sums.expert, field);
  field("average", state.average);
  field("score", state.scores.score);
  field("score_weight", state.scores.weight);
  field("score_outer", state.scores.outer);
  field("score_outer_weight", state.scores.outer_weight);
  field("path", state.path);
  field("candidate", state.candidate);
  field("advantage", state.advantage);
  field("lead", state.lead);
  field("judged", state.judged);
  field("trusted", state.trusted);
  field("ahead", state.ahead);
  field("reference", state.reference);
  field("averaged", state.averaged);
  field("delay", state.delay);
  field("minibatches", state.minibatches);
  field("pilot_weight", state.pilot_weight);
  field("rows", state.rows);
  field("weight", state.weight);
  field("log_likelihood", state.log_likelihood);
  field("starved", state.starved);
  field("floored", state.floored);
  field("rank", state.rank);
  field("unseen", state.unseen);
  field("detector_seen", state.detector.seen);
  field("detector_mean", state.detector.mean);
  field("detector_variance", state.detector.variance);
  field("detector_sum", state.detector.sum);
  field("record_width", state.record.width);
  field("record_filled", state.record.filled);
}

// These change their number of rows.
template <class Family, class Field>
void growing_fields(sgmoe::StreamState<Family> &state, const Field &field) {
  field("pending", state.pending.values);
  field("recent", state.recent.values);
  field("record", state.record.bins);
}

template <class Family> Rcpp::List list(sgmoe::StreamState<Family> state) {
  R_xlen_t size = 1;
  const auto count = [&](const char *, const auto &) { ++size; };
  fields(state, count);
  growing_fields(state, count);
  Rcpp::List result(size);
  Rcpp::CharacterVector names(size);
  R_xlen_t at = 0;
  const auto write = [&](const char *name, const auto &value) {
    names[at] = name;
    result[at++] = Rcpp::wrap(value);
  };
  write("theta", list(state.theta));
  fields(state, write);
  growing_fields(state, write);
  result.names() = names;
  return result;
}

template <class Target> void read(SEXP value, const char *name, Target &to) {
  auto from = Rcpp::as<Target>(value);
  sgmoe::require_size(name, "rows", from.rows(), to.rows());
  sgmoe::require_size(name, "columns", from.cols(), to.cols());
  to = std::move(from);
}

inline void read(SEXP value, const char *, double &to) {
  to = Rcpp::as<double>(value);
}

// Fills `state`, which has the right shapes. Fields are looked for where list()
// put them.
template <class Family>
void read(const Rcpp::List &from, const sgmoe::Mixture<Family> &mixture,
          sgmoe::StreamState<Family> &state) {
  const Rcpp::CharacterVector names = from.names();
  R_xlen_t at = 0;
  const auto next = [&](const char *name) {
    if (at >= from.size() || names[at] != name)
      throw sgmoe::InputError(std::string("state: expected field ") + name);
    return static_cast<SEXP>(from[at++]);
  };
  state.theta = theta(next("theta"), mixture);
  fields(state,
         [&](const char *name, auto &to) { read(next(name), name, to); });
  growing_fields(state, [&](const char *name, sgmoe::Matrix &to) {
    to = Rcpp::as<sgmoe::Matrix>(next(name));
  });
}

} // namespace convert

#endif
