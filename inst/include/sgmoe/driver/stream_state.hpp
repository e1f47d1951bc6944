// What a stream knows between one chunk and the next.
#ifndef SGMOE_STREAM_STATE_HPP
#define SGMOE_STREAM_STATE_HPP

#include "../driver/change_detector.hpp"
#include "../driver/row_buffer.hpp"
#include "../model/row_scores.hpp"
#include "../driver/stream_record.hpp"

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
  double advantage = 0.0;   // log-likelihood of the candidate less reference's
  double lead = 0.0;        // the same of the iterate
  double judged = 0.0;      // rows since they were frozen
  double trusted = 0.0;     // 1: the Newton step is reported
  double ahead = 0.0;       // 1: else the iterate is, because it leads
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
  RowBuffer pending;       // an unfinished minibatch
  RowBuffer recent;        // for experts to be revived on
  StreamRecord record;
};

} // namespace sgmoe

#endif
