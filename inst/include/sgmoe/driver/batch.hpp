// The batch driver: passes over all rows until the likelihood stands still.
//
// Every pass takes the statistic at a point; with it come the objective there
// (penalised log-likelihood), its gradient, and the maximiser of the surrogate,
// the plain next point. An accelerated point is kept only if the objective did
// not fall; else the plain point is taken. The plain point may itself fail
// (under the Fisher curvature, or where a family has no bound). Then the safe
// steps from the same statistic are tried, of which one cannot: by the bound
// where there is one, else ever shorter (family/concept.hpp). So the kept
// objective never falls.
//
// Curvature serves for several passes (batch_curvature.hpp). One that was taken
// elsewhere promises nothing: where a plain step by it fails, the point is
// looked at again with all sums.
#ifndef SGMOE_BATCH_HPP
#define SGMOE_BATCH_HPP

#include "acceleration.hpp"
#include "batch_curvature.hpp"
#include "control.hpp"
#include "pass_source.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sgmoe {

template <class Family> struct BatchResult : BatchOutcome {
  Parameters<Family> parameters;
};

template <class Family> class Batch {
public:
  using Theta = Parameters<Family>;
  using Result = BatchResult<Family>;

  Batch(const Mixture<Family> &mixture, PassSource<Family> &source,
        const BatchControl &control, const Callbacks &callbacks)
      : mixture_(mixture), source_(source), control_(control),
        callbacks_(callbacks), curvature_(mixture, control_, source.size()) {
    control.check();
  }

  /// The same over rows in memory.
  Batch(const Mixture<Family> &mixture, const Rows &rows,
        const BatchControl &control, const Callbacks &callbacks)
      : mixture_(mixture), own_(new MemoryPasses<Family>(rows)), source_(*own_),
        control_(control), callbacks_(callbacks),
        curvature_(mixture, control_, source_.size()) {
    control.check();
  }

  /// Parameters from given posteriors (n x K, or one row for all): one M-step
  /// at the origin, the gate by one bound step; more of both if the family's
  /// step is no M-step. Returns false if the user interrupted.
  bool start_from(const Eigen::Map<const Matrix> &posterior, Theta &start) {
    if (posterior.rows() != 1)
      require_size("start", "posterior rows", posterior.rows(), source_.size());
    require_size("start", "posterior columns", posterior.cols(),
                 mixture_.experts());
    start = mixture_.origin();
    Request request;
    request.posterior = &posterior;
    request.start = true;
    Statistic<Family> sums;
    if (!pass(start, request, sums))
      return false;
    gate_gram_ = sums.gate.gram;
    start = mixture_.maximise(sums, start, BoundShare(0.0)).parameters;
    request.start = request.gate_gram = false;
    for (Index step = 1; step < mixture_.family().start_steps(); ++step) {
      if (!pass(start, request, sums))
        return false;
      sums.gate.gram = gate_gram_;
      const auto next = mixture_.maximise(sums, start, Curvature::bound);
      start = next.parameters;
      if (next.gain < kStartGain * sums.weight)
        break;
    }
    return true;
  }

  /// The result when the user stopped before anything was learnt.
  Result interrupted(const Theta &start) {
    Point point;
    point.theta = start;
    return finish(point, "interrupted");
  }

  Result run(const Theta &start) {
    Accelerator accelerator(control_.acceleration, control_.history);
    Point current, next;
    if (!evaluate(mixture_.pack(start), current))
      return finish(current, "interrupted");
    if (!std::isfinite(current.objective))
      return finish(current, "non_finite");
    note(current.objective);
    Vector direction;
    while (result_.passes < control_.max_passes) {
      const double negligible = control_.tolerance * current.sums.weight;
      const bool check = current.gain < negligible;
      bool plain = check || !accelerator.propose(current.step, current.gradient,
                                                 direction);
      if (!plain) {
        if (!evaluate(current.packed + direction, next))
          return finish(current, "interrupted");
        if (kept(next, current)) {
          accelerator.succeeded();
        } else {
          accelerator.failed();
          ++result_.rejected;
          curvature_.refresh();
          note(current.objective);
          plain = true;
          if (result_.passes >= control_.max_passes)
            break;
        }
      }
      if (plain) {
        const std::string failure = plain_point(current, next);
        if (!failure.empty())
          return finish(current, failure);
      }
      accelerator.remember(next.packed - current.packed,
                           next.gradient - current.gradient,
                           next.step - current.step);
      const double realised = next.objective - current.objective;
      std::swap(current, next);
      note(current.objective);
      if (check && realised < negligible)
        return finish(current, "converged");
    }
    return finish(current, "pass_limit");
  }

private:
  /// All that is known at a point.
  struct Point {
    Vector packed, step, gradient; // packed form; step leads to the plain point
    Theta theta;
    Statistic<Family> sums;
    double objective = -std::numeric_limits<double>::infinity();
    double gain = 0.0;
    ExpertReport report;
    bool own_curvature = true; // were the Gram matrices taken here?
  };

  // Rounding error of a sum of n terms, with room to spare.
  bool kept(const Point &next, const Point &current) const {
    return next.objective >=
           current.objective -
               1e-12 * (current.sums.weight + std::fabs(current.objective));
  }

  bool pass(const Theta &theta, const Request &request,
            Statistic<Family> &sums) {
    return source_.pass(mixture_, theta, request, control_.threads,
                        callbacks_.keep_going, sums);
  }

  void note(double objective) {
    result_.trace.push_back(objective);
    if (callbacks_.on_pass)
      callbacks_.on_pass(result_.passes, objective);
  }

  /// One pass. False if the user interrupted.
  bool evaluate(const Vector &packed, Point &point) {
    point.theta = mixture_.unpack(packed);
    point.packed = mixture_.pack(point.theta); // on the variance floor
    return take_sums(point);
  }

  bool take_sums(Point &point) {
    Request request;
    request.gate_gram = gate_gram_.empty();
    curvature_.ask(request);
    if (control_.method == Method::em) {
      posterior_.resize(source_.size(), mixture_.experts());
      request.keep_posterior = &posterior_;
    }
    ++result_.passes;
    if (!pass(point.theta, request, point.sums))
      return false;
    if (request.gate_gram)
      gate_gram_ = point.sums.gate.gram;
    else
      point.sums.gate.gram = gate_gram_;
    curvature_.complete(request.curvature, point.sums);
    point.own_curvature = request.curvature != Curvature::none;
    point.objective =
        point.sums.log_likelihood - mixture_.penalty_value(point.theta);
    if (!std::isfinite(point.objective))
      return true;
    point.gradient = mixture_.gradient(point.sums, point.theta);
    return set_step(point);
  }

  bool set_step(Point &point) {
    Maximised<Family> best =
        mixture_.maximise(point.sums, point.theta, curvature_.share());
    if (control_.method == Method::em && !solve_blocks(point, best))
      return false;
    point.step = mixture_.pack(best.parameters) - point.packed;
    point.gain = best.gain;
    point.report = best.report;
    return true;
  }

  /// EM: the M-step to its maximum, by inner passes at fixed posteriors (those
  /// kept by the last pass), from the first inner step in `best`. The inner
  /// objective is concave in every block, so a step is judged by the slope at
  /// its end: one that overshoots far is taken again as a safe step.
  bool solve_blocks(const Point &point, Maximised<Family> &best) {
    const Eigen::Map<const Matrix> posterior(posterior_.data(), source_.size(),
                                             mixture_.experts());
    Request request;
    request.gate_gram = false;
    request.curvature = control_.curvature;
    request.posterior = &posterior;
    Theta inner = point.theta;
    Statistic<Family> sums = point.sums;
    Maximised<Family> next = best;
    const Index attempts = mixture_.safe_attempts(control_.curvature);
    Index attempt = 0; // of those that made `next`, if it is a safe step
    for (int i = 0; i < kMostInner; ++i) {
      if (next.gain < 0.1 * control_.tolerance * point.sums.weight ||
          result_.passes >= control_.max_passes)
        break;
      Statistic<Family> after;
      ++result_.passes;
      if (!pass(next.parameters, request, after))
        return false;
      // `point` itself is not kept yet: the trace repeats what is.
      note(result_.trace.empty() ? point.objective : result_.trace.back());
      after.gate.gram = gate_gram_;
      after.gate.bound = point.sums.gate.bound;
      const Vector step = mixture_.pack(next.parameters) - mixture_.pack(inner);
      const double slope = mixture_.gradient(after, next.parameters).dot(step);
      if (slope < -next.gain && attempt < attempts) {
        next = mixture_.safe_step(sums, inner, attempt++);
        continue;
      }
      attempt = 0;
      inner = next.parameters;
      sums = std::move(after);
      next = mixture_.maximise(sums, inner, control_.curvature);
    }
    best.parameters = inner;
    return true;
  }

  /// Moves to the plain point, or to a safe step where that fails. Answers why
  /// neither was possible, nothing if one was.
  std::string plain_point(Point &current, Point &next) {
    if (!evaluate(current.packed + current.step, next))
      return "interrupted";
    if (kept(next, current)) {
      curvature_.relax();
      return "";
    }
    note(current.objective);
    curvature_.refresh();
    if (!current.own_curvature) {
      if (result_.passes + 1 >= control_.max_passes)
        return "pass_limit";
      Point again;
      again.theta = current.theta;
      again.packed = current.packed;
      if (!take_sums(again))
        return "interrupted";
      note(current.objective);
      current = std::move(again);
      return plain_point(current, next);
    }
    curvature_.damp();
    const Index attempts = mixture_.safe_attempts(control_.curvature);
    for (Index attempt = 0; attempt < attempts; ++attempt) {
      if (result_.passes >= control_.max_passes)
        return "pass_limit";
      const Maximised<Family> safe =
          mixture_.safe_step(current.sums, current.theta, attempt);
      if (!evaluate(mixture_.pack(safe.parameters), next))
        return "interrupted";
      if (kept(next, current))
        return "";
      note(current.objective);
    }
    // In exact arithmetic one of the safe steps does not fail: what is left to
    // gain is below the rounding error of the objective.
    return std::isfinite(next.objective) ? "converged" : "non_finite";
  }

  Result finish(const Point &point, const std::string &reason) {
    result_.parameters = point.theta;
    result_.objective = point.objective;
    result_.log_likelihood = point.sums.log_likelihood;
    result_.gain = point.gain;
    result_.report = point.report;
    result_.expert_weight = point.sums.expert.weight;
    result_.reason = reason;
    return result_;
  }

  static constexpr int kMostInner = 50;
  // What is left to gain for a row at given posteriors is no matter for a
  // start.
  static constexpr double kStartGain = 1e-2;

  const Mixture<Family> &mixture_;
  std::unique_ptr<PassSource<Family>> own_;
  PassSource<Family> &source_;
  BatchControl control_;
  Callbacks callbacks_;
  Result result_;
  Grams gate_gram_;
  BatchCurvature<Family> curvature_;
  Matrix posterior_; // EM only
};

} // namespace sgmoe

#endif
