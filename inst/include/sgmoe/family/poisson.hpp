// The family of Poisson experts with a log link:
//   f_k(y | z) = mu^y exp(-mu) / y!,   log mu = eta = b_k'z + offset.
//
// Score and information of a row in its predictor eta (McCullagh and Nelder
// 1989, chapter 6; the link is canonical, so the observed and the expected
// information are the same):
//   d log f / d eta = y - mu,   -d2 log f / d eta2 = mu,
// which block/glm.hpp makes Newton's step of.
//
// The bound. Let a step change no row's predictor by more than r. Because
//   exp(x) <= 1 + x + x^2/2 c(r) for |x| <= r,   c(r) = 2 (e^r - 1 - r) / r^2,
// the objective after t times Newton's step is at least what the quadratic with
// c(t r) times the information says, which rises for t c(t r) <= 1. That holds
// for t = log(1 + r) / r, since then c(t r) t = 2 (r - log(1 + r)) /
// (r log(1 + r)) <= 1. So the shortened step cannot lower the objective, is
// Newton's near the optimum, and where Newton's overshoots by powers of e it is
// the logarithm of that. (Penalty and prior below are under the same bound.)
//
// Large predictors. exp() of what an accelerated point proposes may overflow.
// Above eta = 50, a mean of 5e21 where no count is above 2^53, the
// log-density goes on along its tangent: concave, finite, and under the same
// bound, as its curvature is below that at 50.
//
// Prior on the intercepts: a row more for every expert, of weight c, at z = e_1
// (the mean of the covariates, in the working basis), with a given count y0
// and exposure h0, c (y0 b_1 - h0 exp(b_1)). It bounds the intercept of an
// expert that meets zeros only.
//
// Atoms. All coordinates are slow: with two atoms in place of one, each
// converges at the rate n^-1/4, and the squares of their differences at
// n^-1/2. With u = exp(w'x) f(y | b'z) and f', f'' the derivatives in eta, the
// second derivatives of u in (w, b) are xx'f, xz'f' and zz'f'' times exp(w'x).
// The ratios f'/f = y - mu and f''/f = (y - mu)^2 - mu are polynomials in y of
// degree one and two: at every z linearly independent of one another and of 1
// (strong identifiability, Chen 1995). So squares of moves in b meet no first
// derivative that could cancel them, and neither do those in w, if x and xx'
// are independent. That differs from normal experts, whose f'' in the mean is
// twice the first derivative in the variance, which is what makes coordinates
// of two rates (arXiv:2510.12744, arXiv:2305.03288). The relation that is left,
// d2u/dw db_0 = du/db, joins a product of slow coordinates with a mean of
// others, of the same order. The distance is that of arXiv:2602.07997.
//
// The response is one column of counts; an offset, one column, is added to the
// predictor of every expert: the logarithm of an exposure.
#ifndef SGMOE_POISSON_HPP
#define SGMOE_POISSON_HPP

#include "../block/glm.hpp"
#include "../core/rows.hpp"
#include "../core/softmax.hpp"
#include "concept.hpp"

#include <array>
#include <cmath>

namespace sgmoe {

namespace poisson_limits {
constexpr double kCount = 9007199254740992.0; // 2^53
constexpr double kPredictor = 50.0;           // where tangents begin
constexpr double kExponent = 700.0;           // what exp() has room for
constexpr double kMean = 1e-100;              // the least curvature
// Newton's step is taken as it is where no predictor changes by more.
constexpr double kReach = 1.0;
} // namespace poisson_limits

struct PoissonParameters {
  Matrix coefficients; // r x K

  /// Calls visit(name, numbers) for all that parameters are made of.
  template <class Visit> void fields(const Visit &visit) {
    visit("expert", coefficients);
  }
};

/// log(y!), for whole numbers. (lgamma() is slow, and not for threads.)
inline double log_factorial(double y) {
  static const std::array<double, 256> table = [] {
    std::array<double, 256> values{};
    for (std::size_t i = 1; i < values.size(); ++i)
      values[i] = values[i - 1] + std::log(static_cast<double>(i));
    return values;
  }();
  if (y < static_cast<double>(table.size()))
    return table[static_cast<std::size_t>(y)];
  const double square = y * y; // Stirling's series
  return (y + 0.5) * std::log(y) - y + 0.5 * std::log(2.0 * std::acos(-1.0)) +
         (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * square)) / square) / y;
}

class Poisson : public FamilyDefaults<PoissonParameters, GlmStatistic> {
public:
  using Parameters = PoissonParameters;
  using Statistic = GlmStatistic;
  using Density = PoissonParameters;

  /// Scratch memory of one thread: of the rows seen last, a column an expert.
  struct Workspace {
    Matrix predictor;
    Matrix slope, information; // derivatives of the log-density
    Matrix weighted_slope, weighted_information;
    Vector constant; // log y!
  };

  Poisson(Index experts, const Vector &penalty) : block_(experts, penalty) {}

  Index experts() const { return block_.experts(); }
  Index responses() const { return 1; }
  Index columns() const { return block_.columns(); }
  Index mean_columns() const { return experts(); }
  Matrix total_gram(const Statistic &statistic) const {
    return statistic.gram.total();
  }
  /// The information is taken whatever the gate steps by.
  Statistic statistic(Curvature curvature) const {
    return block_.statistic(curvature != Curvature::none);
  }

  /// Refuses a response that these experts cannot have.
  void check(const Rows &rows) const {
    if (rows.offset.cols() > 0)
      require_size("offset", "columns", rows.offset.cols(), 1);
    const auto &response = rows.response.values;
    if (response.cols() == 0)
      return;
    rows.response.check("response", 1);
    if (rows.response.centre(0) != 0.0 || rows.response.scale(0) != 1.0)
      throw InputError("response: counts must not be centred or scaled");
    for (Index i = 0; i < response.rows(); ++i) {
      const double value = response(i, 0);
      if (!(value >= 0.0 && value <= poisson_limits::kCount &&
            value == std::floor(value)))
        throw InputError("response: it must be whole numbers from 0 to 2^53");
    }
  }

  /// All experts alike, with a mean of one.
  Parameters origin() const { return {Matrix::Zero(columns(), experts())}; }

  Density density(const Parameters &parameters) const { return parameters; }

  /// Log-densities of a block, a column an expert; leaves their derivatives in
  /// the workspace.
  void log_density(const Block &block, const Density &density,
                   Workspace &workspace, Matrix &result) const {
    const auto y = block.response().col(0).array();
    workspace.constant = y.unaryExpr(&log_factorial);
    predictor(block, density, workspace.predictor);
    const auto eta = workspace.predictor.array();
    workspace.information = eta.min(poisson_limits::kPredictor);
    take_exponentials(workspace.information);
    const auto mean = workspace.information.array();
    result = -(mean * (1.0 + (eta - poisson_limits::kPredictor).max(0.0)));
    result += (eta.colwise() * y).matrix();
    result.colwise() -= workspace.constant;
    workspace.slope = (-mean).colwise() + y;
  }

  /// The first step is that of the working response: the linear predictor that
  /// would give a mean of y + 1/10, around which the quadratic is taken, as
  /// glm() starts. It is anchored at the origin like any other.
  void start_rows(const Block &block, Workspace &workspace) const {
    const Eigen::ArrayXd y = block.response().col(0);
    const Eigen::ArrayXd mean = y + 0.1;
    Eigen::ArrayXd working = mean.log() + (y - mean) / mean;
    if (block.offset().cols() > 0)
      working -= block.offset().col(0).array();
    workspace.information = mean.matrix().replicate(1, experts());
    workspace.slope = (mean * working).matrix().replicate(1, experts());
  }

  /// That regression is far from the M-step where means differ within an
  /// expert.
  Index start_steps() const { return 6; }

  /// `weights` holds a tau_k, a column an expert.
  void accumulate(const Block &block, const Matrix &weights,
                  Workspace &workspace, Scratch &scratch,
                  Statistic &statistic) const {
    // A mean that vanishes would leave a count without a step towards it.
    workspace.weighted_information = weights.cwiseProduct(
        workspace.information.cwiseMax(poisson_limits::kMean));
    workspace.weighted_slope = weights.cwiseProduct(workspace.slope);
    block_.accumulate(block.expert(), weights, workspace.weighted_information,
                      workspace.weighted_slope, scratch, statistic);
  }

  /// The mean of every expert.
  void expert_mean(const Block &block, const Parameters &parameters,
                   Matrix &result) const {
    predictor(block, parameters, result);
    result = result.array().min(poisson_limits::kExponent);
    take_exponentials(result);
  }

  /// Newton's step of every expert; where it reaches far, or all of the bound
  /// is asked for, the shortened one. (Of a start, the regression.)
  Parameters maximise(const Statistic &statistic, const Parameters &current,
                      double least_weight, BoundShare share,
                      ExpertReport &report) const {
    const Matrix gradient = this->slope(statistic, current);
    Parameters next = current;
    report.starved.assign(static_cast<std::size_t>(experts()), false);
    report.floored = report.starved;
    report.gain = 0.0;
    for (Index k = 0; k < experts(); ++k) {
      Vector beside = block_.penalty();
      if (prior_rows_ > 0.0)
        beside(0) += prior_information(current, k);
      const GlmStep step =
          block_.maximise(statistic, k, gradient.col(k), beside, least_weight);
      report.starved[static_cast<std::size_t>(k)] = step.starved;
      report.gain += step.gain;
      next.coefficients.col(k) +=
          length(block_.reach(statistic, step.increment), share) *
          step.increment;
    }
    return next;
  }

  /// The shortened step, which cannot fail.
  Parameters safe_step(const Statistic &statistic, const Parameters &current,
                       double least_weight, Index, ExpertReport &report) const {
    return maximise(statistic, current, least_weight, Curvature::bound, report);
  }

  /// The plain step is safe already where all of the bound is in it.
  Index safe_attempts(Curvature curvature) const {
    return curvature == Curvature::bound ? 0 : 1;
  }

  /// Shortens steps that change predictors by more than `reach`.
  void limit(const Statistic &statistic, const Parameters &from, double reach,
             Parameters &to) const {
    block_.limit(statistic, from.coefficients, reach, to.coefficients);
  }

  /// Moves the anchor of a statistic.
  void reanchor(const Parameters &from, const Parameters &to, BoundShare,
                Statistic &statistic) const {
    block_.reanchor(to.coefficients - from.coefficients, statistic);
  }

  double ridge_value(const Parameters &parameters) const {
    return block_.penalty_value(parameters.coefficients);
  }

  /// The ridge and the prior on the intercepts.
  double penalty_value(const Parameters &parameters) const {
    double value = ridge_value(parameters);
    for (Index k = 0; k < experts() && prior_rows_ > 0.0; ++k) {
      const double intercept = parameters.coefficients(0, k);
      value +=
          prior_rows_ *
          (prior_exposure_ *
               std::exp(std::min(intercept, poisson_limits::kPredictor)) *
               (1.0 + std::max(intercept - poisson_limits::kPredictor, 0.0)) -
           prior_count_ * intercept);
    }
    return value;
  }

  /// A row of weight `rows` for every expert, at the mean of the covariates,
  /// with the count and the exposure in `target`; the first column of the
  /// design must be an intercept.
  void set_prior(double rows, const Vector &target) {
    require_size("prior", "target", target.size(), 2);
    prior_rows_ = rows;
    prior_count_ = target(0);
    prior_exposure_ = target(1);
  }

  // Packed and free form: b_1, ..., b_K.

  Index packed_size() const { return block_.free_size(); }
  Index free_size() const { return block_.free_size(); }

  Vector pack(const Parameters &parameters) const {
    return Eigen::Map<const Vector>(parameters.coefficients.data(),
                                    packed_size());
  }

  Parameters unpack(const ConstVectorRef &packed) const {
    const Vector values = packed;
    return {Eigen::Map<const Matrix>(values.data(), columns(), experts())};
  }

  Vector to_free(const Parameters &parameters) const {
    return pack(parameters);
  }
  Parameters from_free(const ConstVectorRef &values) const {
    return unpack(values);
  }
  void move(const ConstVectorRef &step, Parameters &parameters) const {
    parameters = unpack(pack(parameters) + step);
  }

  /// Gradient of the penalised log-likelihood, from the statistic taken at
  /// `parameters`.
  Vector gradient(const Statistic &statistic,
                  const Parameters &parameters) const {
    return pack({slope(statistic, parameters)});
  }

  // Coordinates of atoms (see mixing_measure.hpp), a column an expert: all are
  // slow, see the head of this file.

  Matrix slow(const Parameters &parameters, bool) const {
    return parameters.coefficients;
  }
  Matrix fast(const Parameters &parameters, bool) const {
    return Matrix(0, parameters.coefficients.cols());
  }
  /// The inverse, for any number of atoms.
  Parameters from_atoms(const Matrix &slow, const Matrix &, bool) const {
    return {slow};
  }

  /// Scores of the rows that accumulate() saw last.
  template <class Result>
  void row_scores(const Block &block, const Density &, const Matrix &,
                  const Workspace &workspace, Result &&result) const {
    block_.row_scores(block.expert(), workspace.weighted_slope, result);
  }

  // What the observed information needs (see information.hpp).

  Index predictors() const { return 1; }

  /// y - mu and mu.
  void derivatives(const Block &, const Density &, const Workspace &workspace,
                   Index k, Matrix &score, Matrix &curvature) const {
    score = workspace.slope.col(k);
    curvature = workspace.information.col(k);
  }

  template <class Result>
  void add_information(const Statistic &statistic, const Parameters &,
                       double share, Result &&result) const {
    block_.add_information(statistic, share, result);
  }

  template <class Result>
  void add_penalty(const Parameters &, Result &&result) const {
    block_.add_penalty(result);
  }

  /// Adds the second derivatives of the prior.
  template <class Result>
  void add_prior(const Parameters &parameters, Result &&result) const {
    for (Index k = 0; k < experts() && prior_rows_ > 0.0; ++k)
      result(k * columns(), k * columns()) += prior_information(parameters, k);
  }

  Vector penalty_gradient(const Parameters &parameters) const {
    return -gradient(block_.statistic(), parameters);
  }

  const Vector &penalty() const { return block_.penalty(); }
  void scale_prior(double share) { prior_rows_ *= share; }
  void set_penalty(const Vector &penalty) { block_.set_penalty(penalty); }

private:
  // How much of Newton's step to take.
  static double length(double reach, BoundShare share) {
    const bool whole = share.value <= 0.0 ||
                       (share.value < 1.0 && reach <= poisson_limits::kReach) ||
                       reach <= 0.0;
    return whole ? 1.0 : std::log1p(reach) / reach;
  }

  void predictor(const Block &block, const Parameters &parameters,
                 Matrix &result) const {
    set_product(block.expert(), parameters.coefficients, result);
    if (block.offset().cols() > 0)
      result.colwise() += block.offset().col(0);
  }

  double prior_information(const Parameters &parameters, Index k) const {
    return prior_rows_ * prior_exposure_ *
           std::exp(std::min(parameters.coefficients(0, k),
                             poisson_limits::kPredictor));
  }

  /// The gradient, a column an expert.
  Matrix slope(const Statistic &statistic, const Parameters &parameters) const {
    Matrix result = block_.gradient(statistic, parameters.coefficients);
    for (Index k = 0; k < experts() && prior_rows_ > 0.0; ++k)
      result(0, k) +=
          prior_rows_ * prior_count_ - prior_information(parameters, k);
    return result;
  }

  GlmBlock block_;
  double prior_rows_ = 0.0, prior_count_ = 0.0, prior_exposure_ = 1.0;
};

} // namespace sgmoe

#endif
