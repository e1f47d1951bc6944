// What a stream knows between one chunk and the next.
#ifndef SGMOE_STREAM_STATE_HPP
#define SGMOE_STREAM_STATE_HPP

#include "../model/row_scores.hpp"
#include "change_detector.hpp"
#include "row_buffer.hpp"
#include "row_cap.hpp"
#include "stream_record.hpp"
#include "trial.hpp"

namespace sgmoe {

/// All that a stream knows; plain numbers, so that it can be stored.
template <class Family> struct StreamState {
  Parameters<Family> theta; // the iterate
  Statistic<Family> sums;   // anchored there
  Vector average;           // of iterates, packed, later ones more
  ScoreStatistic scores;    // newton only, and so the next two
  Vector path;              // average of the points where scores were taken
  Vector candidate;         // a Newton step, frozen to be judged ...
  Vector reference;         // the average, frozen likewise
  Trial trial;              // of the candidate
  double averaged = 0.0;    // minibatches in the average
  double delay = 0.0;
  double minibatches = 0.0;
  double pilot_weight = 0.0;
  double rows = 0.0, weight = 0.0; // learnt, without the pilot
  double log_likelihood = 0.0;     // of these, each before it was learnt
  Vector starved, floored;         // 1: the last maximisation found it so
  // What rows have not yet told, and so what makes averages begin anew: the
  // rank of the designs where columns did not vary (else -1), and (1) classes
  // that did not occur.
  double rank = -1.0;
  Vector unseen;
  ChangeDetector detector; // under a constant step
  RowCap cap;              // of rows that are extreme
  RowBuffer pending;       // an unfinished minibatch
  RowBuffer recent;        // for experts to be revived on
  StreamRecord record;

  /// Calls visit(name, numbers) for all but the parameters: those of a fixed
  /// shape, ...
  template <class Visit> void fields(const Visit &visit) {
    sums.fields(visit);
    visit("average", average);
    visit("score", scores.score);
    visit("score_weight", scores.weight);
    visit("score_outer", scores.outer);
    visit("score_outer_weight", scores.outer_weight);
    visit("path", path);
    visit("candidate", candidate);
    visit("advantage", trial.advantage);
    visit("lead", trial.lead);
    visit("judged", trial.judged);
    visit("trusted", trial.trusted);
    visit("ahead", trial.ahead);
    visit("reference", reference);
    visit("averaged", averaged);
    visit("delay", delay);
    visit("minibatches", minibatches);
    visit("pilot_weight", pilot_weight);
    visit("rows", rows);
    visit("weight", weight);
    visit("log_likelihood", log_likelihood);
    visit("starved", starved);
    visit("floored", floored);
    visit("rank", rank);
    visit("unseen", unseen);
    visit("detector_seen", detector.seen);
    visit("detector_mean", detector.mean);
    visit("detector_variance", detector.variance);
    visit("detector_sum", detector.sum);
    visit("cap_centre", cap.centre);
    visit("cap_counts", cap.counts);
    visit("extreme", cap.extreme);
    visit("record_width", record.width);
    visit("record_filled", record.filled);
  }

  /// ... and those whose number of rows changes.
  template <class Visit> void growing_fields(const Visit &visit) {
    visit("pending", pending.values);
    visit("recent", recent.values);
    visit("record", record.bins);
  }
};

} // namespace sgmoe

#endif
