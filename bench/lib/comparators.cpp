// One pass over the rows by stochastic gradients, in their order: what the
// incremental algorithm is compared with. SGD, RMSProp and Adam are those of
// ensmallen; Sophia (Liu et al. 2023) is an update policy of the same loop.
//
// The loss is minus the mean penalised log-likelihood of a row, as a function
// of the packed parameters (Mixture::pack); gradients come from the package's
// own core. Compiled by bench/lib/comparators.R.

// [[Rcpp::depends(RcppEigen, RcppArmadillo, RcppEnsmallen)]]
// [[Rcpp::plugins(cpp17)]]

// From 3.10 on ensmallen divides the step by the rows of the minibatch, as
// suits gradients that are sums. Ours are means.
#define ENS_OLD_SEPARABLE_STEP_BEHAVIOR

// Armadillo would otherwise start threads for a few hundred numbers, which
// takes far longer than the numbers do.
#define ARMA_DONT_USE_OPENMP

#include "convert.h"

// Not RcppArmadillo.h: it refuses to be included beside RcppEigen.h, and
// nothing of Armadillo's crosses to R.
#include <ensmallen.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <random>
#include <stdexcept>

namespace {

using sgmoe::Index;
using sgmoe::Matrix;
using sgmoe::Vector;

// --- Responses drawn from the model ------------------------------------------

class Random {
public:
  explicit Random(unsigned seed) : engine_(seed) {}

  double normal() { return normal_(engine_); }

  /// A column with the probabilities of a row; the last one if they are not
  /// numbers.
  template <class Row> Index choose(const Row &probability) {
    double left = uniform_(engine_);
    for (Index k = 0; k + 1 < probability.size(); ++k) {
      left -= probability(k);
      if (left < 0.0)
        return k;
    }
    return probability.size() - 1;
  }

private:
  std::mt19937_64 engine_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> uniform_;
};

// draw() overwrites `response` by responses of the experts numbered in
// `expert`, on the working scale; `mean` is what expert_mean() gives.

void draw(const sgmoe::Gaussian &family,
          const sgmoe::GaussianParameters &parameters, const Matrix &mean,
          const std::vector<Index> &expert, Random &random,
          Eigen::Ref<Matrix> response) {
  const Index q = family.responses();
  std::vector<Matrix> factors;
  for (const Matrix &covariance : parameters.covariance)
    factors.push_back(covariance.llt().matrixL());
  Vector noise(q);
  for (Index i = 0; i < response.rows(); ++i) {
    const Index k = expert[static_cast<std::size_t>(i)];
    for (Index j = 0; j < q; ++j)
      noise(j) = random.normal();
    response.row(i) =
        mean.row(i).segment(k * q, q) +
        (factors[static_cast<std::size_t>(k)] * noise).transpose();
  }
}

void draw(const sgmoe::Multinomial &family,
          const sgmoe::MultinomialParameters &, const Matrix &mean,
          const std::vector<Index> &expert, Random &random,
          Eigen::Ref<Matrix> response) {
  const Index m = family.classes();
  for (Index i = 0; i < response.rows(); ++i) {
    const Index k = expert[static_cast<std::size_t>(i)];
    const auto own = mean.row(i).segment(k * m, m);
    if (response.cols() == 1) {
      response(i, 0) = static_cast<double>(random.choose(own));
      continue;
    }
    const auto total = std::lround(response.row(i).sum()); // of counts
    response.row(i).setZero();
    for (long j = 0; j < total; ++j)
      response(i, random.choose(own)) += 1.0;
  }
}

// --- The loss ----------------------------------------------------------------

// Gradients need no Gram matrices, and should not be timed with them.
void leave_out_grams(sgmoe::LinearStatistic &statistic) {
  statistic.gram = sgmoe::Grams(0, statistic.weight.size());
}
void leave_out_grams(sgmoe::MultinomialStatistic &statistic) {
  statistic.logit.gram = sgmoe::Grams();
}

sgmoe::Rows with_response(const sgmoe::Rows &rows, const Matrix &response) {
  return {rows.gate,
          rows.expert,
          {Eigen::Map<const Matrix>(response.data(), response.rows(),
                                    response.cols()),
           Vector::Zero(response.cols()), Vector::Ones(response.cols())},
          rows.weights,
          rows.offset,
          rows.same_design};
}

/// The loss as ensmallen wants it: a sum of functions, one a row.
template <class Family> class Loss {
public:
  Loss(const sgmoe::Mixture<Family> &mixture, const sgmoe::Rows &rows,
       unsigned seed)
      : mixture_(mixture), rows_(rows), random_(seed) {
    mixture.check(rows);
    request_.gate_gram = false;
    zero_ = mixture.statistic(request_);
    leave_out_grams(zero_.expert);
  }

  std::size_t NumFunctions() const {
    return static_cast<std::size_t>(rows_.size());
  }

  void Shuffle() { throw std::logic_error("Loss: rows must keep their order"); }

  /// Refuses any but the next rows: a pass is one, and in order, or it fails.
  double EvaluateWithGradient(const arma::mat &packed, std::size_t first,
                              arma::mat &gradient, std::size_t count) {
    if (static_cast<Index>(first) != seen_)
      throw std::logic_error("Loss: asked for other rows than the next ones");
    seen_ += static_cast<Index>(count);
    last_ = {static_cast<Index>(first), static_cast<Index>(count)};
    const Vector result = this->gradient(rows_, theta(packed), last_);
    gradient.set_size(packed.n_rows, packed.n_cols);
    std::copy_n(result.data(), result.size(), gradient.memptr());
    log_likelihood_ += minibatch_.log_likelihood;
    return -minibatch_.log_likelihood;
  }

  /// The Gauss-Newton-Bartlett estimate of the Hessian's diagonal, from the
  /// rows of the last minibatch.
  Vector bartlett(const arma::mat &packed) {
    return bartlett(theta(packed), last_);
  }

  struct Range {
    Index first = 0, count = 0;
  };
  using Theta = sgmoe::Parameters<Family>;

  Vector bartlett(const Theta &theta, Range range) {
    if (sampled_.size() == 0)
      sampled_ = rows_.response.values;
    auto response = sampled_.middleRows(range.first, range.count);
    // Only counts are looked at: they keep their total.
    response = rows_.response.values.middleRows(range.first, range.count);
    workspace_.block.load(rows_, range.first, range.count);
    mixture_.gate_probability(theta.gate, workspace_);
    std::vector<Index> expert;
    for (Index i = 0; i < range.count; ++i)
      expert.push_back(random_.choose(workspace_.probability.row(i)));
    Matrix mean;
    mixture_.family().expert_mean(workspace_.block, theta.expert, mean);
    draw(mixture_.family(), theta.expert, mean, expert, random_, response);
    const Vector score = gradient(with_response(rows_, sampled_), theta, range);
    return static_cast<double>(range.count) * score.cwiseAbs2();
  }

  /// The gradient of the loss as these rows estimate it. The penalty is one of
  /// the sum over all rows, so the minibatch is blown up to their number.
  Vector gradient(const sgmoe::Rows &rows, const Theta &theta, Range range) {
    const auto n = static_cast<double>(rows.size());
    minibatch_ = zero_;
    workspace_.block.load(rows, range.first, range.count);
    mixture_.accumulate(theta, mixture_.family().density(theta.expert),
                        request_, workspace_, minibatch_);
    sgmoe::Statistic<Family> all = minibatch_;
    all.scale(n / static_cast<double>(range.count));
    return mixture_.gradient(all, theta) / -n;
  }

  const sgmoe::Rows &rows() const { return rows_; }
  Index seen() const { return seen_; }
  /// Of all rows seen, each taken before the step that it led to.
  double log_likelihood() const { return log_likelihood_; }
  /// Of the rows that gradient() was last asked for.
  double minibatch_log_likelihood() const { return minibatch_.log_likelihood; }

  Theta theta(const arma::mat &packed) const {
    return mixture_.unpack(Eigen::Map<const Vector>(
        packed.memptr(), static_cast<Index>(packed.n_elem)));
  }

private:
  const sgmoe::Mixture<Family> &mixture_;
  const sgmoe::Rows &rows_;
  Random random_;
  sgmoe::Request request_;
  sgmoe::Statistic<Family> zero_, minibatch_;
  sgmoe::Workspace<Family> workspace_;
  Matrix sampled_;
  Range last_;
  Index seen_ = 0;
  double log_likelihood_ = 0.0;
};

// --- The optimisers ----------------------------------------------------------

/// Sophia-G with the published constants, without weight decay.
template <class Family> struct SophiaUpdate {
  Loss<Family> *loss;

  template <class MatType, class GradType> class Policy {
  public:
    Policy(const SophiaUpdate &parent, std::size_t rows, std::size_t columns)
        : loss_(parent.loss),
          momentum_(Eigen::ArrayXd::Zero(static_cast<Index>(rows * columns))),
          curvature_(momentum_) {}

    void Update(MatType &iterate, double step, const GradType &gradient) {
      const auto size = static_cast<Index>(iterate.n_elem);
      momentum_ *= 0.965;
      momentum_ +=
          0.035 * Eigen::Map<const Eigen::ArrayXd>(gradient.memptr(), size);
      if (steps_++ % 10 == 0) {
        curvature_ *= 0.99;
        curvature_ += 0.01 * loss_->bartlett(iterate).array();
      }
      Eigen::Map<Eigen::ArrayXd>(iterate.memptr(), size) -=
          step *
          (momentum_ / (0.04 * curvature_).max(1e-12)).min(1.0).max(-1.0);
    }

  private:
    Loss<Family> *loss_;
    Eigen::ArrayXd momentum_, curvature_;
    std::size_t steps_ = 0;
  };
};

/// Polyak's average over the second half of the pass; ends a pass that has
/// left the numbers.
template <class Family> class Average {
public:
  explicit Average(const Loss<Family> &loss) : loss_(loss) {}

  template <class Optimizer, class Function, class MatType>
  bool StepTaken(Optimizer &, Function &, MatType &iterate) {
    ++steps_;
    if (!iterate.is_finite()) {
      mean_ = iterate;
      return true;
    }
    if (2 * loss_.seen() <= loss_.rows().size())
      return false;
    if (averaged_ == 0)
      mean_.zeros(iterate.n_rows, iterate.n_cols);
    mean_ += (iterate - mean_) / static_cast<double>(++averaged_);
    return false;
  }

  const arma::mat &mean() const { return mean_; }
  int steps() const { return steps_; }

private:
  const Loss<Family> &loss_;
  arma::mat mean_;
  int averaged_ = 0, steps_ = 0;
};

/// How a pass is made.
struct Settings {
  std::string optimiser;
  double step;
  std::size_t minibatch;
};

template <class Family, class Update>
void walk(const Settings &settings, const Update &update, Loss<Family> &loss,
          Average<Family> &average, arma::mat &packed) {
  const std::size_t rows = loss.NumFunctions(); // ensmallen counts rows
  const double tolerance = -1.0;                // never met
  const bool shuffle = false;
  ens::SGD<Update> optimiser(settings.step, settings.minibatch, rows, tolerance,
                             shuffle, update);
  optimiser.Optimize(loss, packed, average);
  if (packed.is_finite() && loss.seen() != loss.rows().size())
    throw std::logic_error("walk: the pass ended early");
}

// ens::StandardSGD, ens::RMSProp and ens::Adam are SGD with these updates.
template <class Family>
void optimise(const Settings &settings, Loss<Family> &loss,
              Average<Family> &average, arma::mat &packed) {
  if (settings.optimiser == "sgd")
    walk(settings, ens::VanillaUpdate(), loss, average, packed);
  else if (settings.optimiser == "rmsprop")
    walk(settings, ens::RMSPropUpdate(), loss, average, packed);
  else if (settings.optimiser == "adam")
    walk(settings, ens::AdamUpdate(), loss, average, packed);
  else if (settings.optimiser == "sophia")
    walk(settings, SophiaUpdate<Family>{&loss}, loss, average, packed);
  else
    throw sgmoe::InputError("optimiser: got \"" + settings.optimiser +
                            "\", expected sgd, rmsprop, adam or sophia");
}

// --- What R calls ------------------------------------------------------------

arma::mat to_arma(const Vector &values) {
  return arma::mat(values.data(), static_cast<arma::uword>(values.size()), 1);
}

/// Logits only matter up to a common shift; the core keeps them sum-zero,
/// which steps that are scaled coordinate by coordinate do not.
void centre(Eigen::Ref<Matrix> logits) {
  logits.colwise() -= Vector(logits.rowwise().mean());
}
void centre(const sgmoe::Gaussian &, sgmoe::GaussianParameters &) {}
void centre(const sgmoe::Multinomial &family,
            sgmoe::MultinomialParameters &parameters) {
  for (Index k = 0; k < family.experts(); ++k)
    centre(parameters.logit.middleCols(k * family.classes(), family.classes()));
}

template <class Family>
Rcpp::List as_list(const sgmoe::Mixture<Family> &mixture,
                   const Loss<Family> &loss, const arma::mat &packed) {
  auto theta = loss.theta(packed);
  centre(theta.gate);
  centre(mixture.family(), theta.expert);
  return convert::list(theta);
}

double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

} // namespace

// `start` are parameters; the pass makes one step for each `minibatch` rows.
// `finite` is FALSE where the optimiser diverged: the parameters are then those
// at which it did, except that a covariance may look sound. `progressive` is
// the mean log-likelihood of the rows, each at the parameters before its step.
// `seconds` are the shorter of elapsed and processor time.
// [[Rcpp::export(rng = false)]]
Rcpp::List one_pass(const Rcpp::List &data, const Rcpp::List &model,
                    const Rcpp::List &start, const std::string &optimiser,
                    double step, int minibatch, int seed) {
  if (!(step > 0.0) || !std::isfinite(step) || minibatch < 1)
    throw sgmoe::InputError("one_pass: step and minibatch must be positive");
  const sgmoe::Rows rows = convert::rows(data);
  return convert::with_mixture(model, [&](const auto &mixture) {
    using Family = std::decay_t<decltype(mixture.family())>;
    arma::mat packed = to_arma(mixture.pack(convert::theta(start, mixture)));
    Loss<Family> loss(mixture, rows, static_cast<unsigned>(seed));
    Average<Family> average(loss);
    const double began = now();
    const std::clock_t clock = std::clock();
    optimise({optimiser, step, static_cast<std::size_t>(minibatch)}, loss,
             average, packed);
    const double processor = static_cast<double>(std::clock() - clock) /
                             static_cast<double>(CLOCKS_PER_SEC);
    return Rcpp::List::create(
        Rcpp::Named("parameters") = as_list(mixture, loss, packed),
        Rcpp::Named("average") = as_list(mixture, loss, average.mean()),
        Rcpp::Named("finite") = packed.is_finite(),
        Rcpp::Named("progressive") =
            loss.log_likelihood() / static_cast<double>(loss.seen()),
        Rcpp::Named("steps") = average.steps(),
        Rcpp::Named("rows") = static_cast<double>(loss.seen()),
        Rcpp::Named("seconds") = std::min(processor, now() - began));
  });
}

// For checks: loss, gradient and one Gauss-Newton-Bartlett estimate of `count`
// rows from the zero-based row `first` on.
// [[Rcpp::export(rng = false)]]
Rcpp::List minibatch_loss(const Rcpp::List &data, const Rcpp::List &model,
                          const Rcpp::NumericVector &packed, int first,
                          int count, int seed) {
  const sgmoe::Rows rows = convert::rows(data);
  return convert::with_mixture(model, [&](const auto &mixture) {
    using Family = std::decay_t<decltype(mixture.family())>;
    Loss<Family> loss(mixture, rows, static_cast<unsigned>(seed));
    const typename Loss<Family>::Range range{first, count};
    const auto theta = mixture.unpack(Rcpp::as<Vector>(packed));
    const Vector gradient = loss.gradient(rows, theta, range);
    const double value =
        -loss.minibatch_log_likelihood() / static_cast<double>(count) +
        mixture.penalty_value(theta) / static_cast<double>(rows.size());
    return Rcpp::List::create(
        Rcpp::Named("loss") = value, Rcpp::Named("gradient") = gradient,
        Rcpp::Named("bartlett") = loss.bartlett(theta, range));
  });
}
