// The engine of any family: the only place where the drivers' templates become
// code.
#ifndef SGMOE_ENGINE_IMPL_H
#define SGMOE_ENGINE_IMPL_H

#include "engine.h"
#include "fields.h"

#include <sgmoe/driver/batch.hpp>
#include <sgmoe/driver/incremental.hpp>
#include <sgmoe/model/information.hpp>
#include <sgmoe/model/mixing_measure.hpp>
#include <sgmoe/model/predict.hpp>
#include <sgmoe/model/score_sums.hpp>

#include <utility>

namespace engine {

template <class Family> class FamilyEngine final : public Engine {
public:
  using Theta = sgmoe::Parameters<Family>;
  using State = sgmoe::StreamState<Family>;

  explicit FamilyEngine(const sgmoe::Mixture<Family> &mixture)
      : mixture_(mixture) {}

  Vector pack(const Fields &parameters) const override {
    return mixture_.pack(projected(parameters));
  }

  Fields unpack(const Vector &packed) const override {
    return written(mixture_.unpack(checked(packed)));
  }

  Fit fit(const Origin &origin, const Fields &start,
          const sgmoe::BatchControl &control,
          const sgmoe::Callbacks &callbacks) const override {
    const Passes passes(*this, origin);
    sgmoe::Batch<Family> batch(mixture_, passes.get(), control, callbacks);
    return written(batch.run(projected(start)));
  }

  Fit fit_from_posterior(const Origin &origin,
                         const Eigen::Map<const Matrix> &posterior,
                         const sgmoe::BatchControl &control,
                         const sgmoe::Callbacks &callbacks) const override {
    const Passes passes(*this, origin);
    sgmoe::Batch<Family> batch(mixture_, passes.get(), control, callbacks);
    Theta theta;
    const bool complete = batch.start_from(posterior, theta);
    return written(complete ? batch.run(theta) : batch.interrupted(theta));
  }

  sgmoe::Numbers answer(sgmoe::RowSource &rows, const sgmoe::Numbers &question,
                        Index threads, Index before) const override {
    mixture_.check(rows.shape());
    sgmoe::Numbers result;
    sgmoe::flat_answer(mixture_, rows, question, threads, sgmoe::KeepGoing(),
                       result, before);
    return result;
  }

  Pass pass(const sgmoe::Rows &rows, const Vector &packed,
            sgmoe::Curvature curvature, Index threads) const override {
    mixture_.check(rows);
    const Theta theta = mixture_.unpack(checked(packed));
    sgmoe::Request request;
    request.curvature = curvature;
    sgmoe::Statistic<Family> sums;
    sgmoe::accumulate_rows(mixture_, rows, theta, request, threads,
                           sgmoe::KeepGoing(), sums);
    const auto next = mixture_.maximise(sums, theta, curvature);
    Pass result;
    result.objective = sums.log_likelihood - mixture_.penalty_value(theta);
    result.log_likelihood = sums.log_likelihood;
    result.gain = next.gain;
    result.gradient = mixture_.gradient(sums, theta);
    result.image = mixture_.pack(next.parameters);
    return result;
  }

  sgmoe::RowValues predict(const sgmoe::Rows &rows, const Fields &parameters,
                           unsigned parts, Index threads) const override {
    mixture_.check(rows);
    return sgmoe::predict_rows(mixture_, rows, projected(parameters), parts,
                               threads, sgmoe::KeepGoing());
  }

  Description describe(sgmoe::RowSource &rows, const Fields &parameters,
                       bool information, Index threads) const override {
    mixture_.check(rows.shape());
    const auto total = sgmoe::describe_rows(
        mixture_, rows, projected(parameters),
        information ? sgmoe::Curvature::fisher : sgmoe::Curvature::bound,
        threads, sgmoe::KeepGoing());
    const auto &sums = total.sums;
    Description result;
    result.gate = total.gate;
    result.posterior = sums.expert.weight;
    result.entropy = total.entropy;
    if (information) {
      result.gate_block = {mixture_.gate().information(sums.gate),
                           sums.gate.gram.matrix(0)};
      result.expert_blocks = mixture_.family().information_blocks(sums.expert);
    }
    return result;
  }

  Curved information(sgmoe::RowSource &rows, const Fields &parameters,
                     Index threads,
                     const sgmoe::KeepGoing &keep_going) const override {
    mixture_.check(rows.shape());
    const Theta theta = projected(parameters);
    sgmoe::Information found;
    Curved result;
    result.complete = sgmoe::observed_information(mixture_, rows, theta,
                                                  threads, keep_going, found);
    result.log_likelihood = found.log_likelihood;
    result.score = found.score;
    result.information = found.matrix;
    result.penalty = mixture_.penalty_value(theta);
    result.gate_ridge = mixture_.gate().ridge_value(theta.gate);
    result.expert_ridge = mixture_.family().ridge_value(theta.expert);
    result.gate_size = mixture_.gate().free_size();
    result.penalty_gradient = mixture_.penalty_gradient(theta);
    result.penalty_hessian = mixture_.penalty_hessian(theta);
    result.prior_hessian = mixture_.prior_hessian(theta);
    result.penalty_curvature = mixture_.penalty_curvature(theta);
    return result;
  }

  Fields moved(const Fields &parameters, const Vector &step) const override {
    const Theta theta = projected(parameters);
    sgmoe::require_size("step", "vector", step.size(),
                        mixture_.gate().free_size() +
                            mixture_.family().free_size());
    return written(mixture_.moved(theta, step));
  }

  Matrix row_scores(const sgmoe::Rows &rows, const Fields &parameters,
                    Index threads,
                    const sgmoe::KeepGoing &keep_going) const override {
    mixture_.check(rows);
    Matrix result;
    if (!sgmoe::scores_by_row(mixture_, rows, projected(parameters), threads,
                              keep_going, result))
      result.resize(0, 0);
    return result;
  }

  Matrix score_products(sgmoe::RowSource &rows, const Fields &parameters,
                        Index threads,
                        const sgmoe::KeepGoing &keep_going) const override {
    mixture_.check(rows.shape());
    sgmoe::ScoreStatistic found;
    if (!sgmoe::sum_scores(mixture_, rows, projected(parameters), threads,
                           keep_going, found))
      return Matrix();
    return found.outer.selfadjointView<Eigen::Lower>();
  }

  Fields merge(const Atoms &atoms, Index first, Index second) const override {
    sgmoe::MixingMeasure measure = measure_of(atoms);
    if (first < 0 || first >= second || second >= measure.size())
      throw sgmoe::InputError("merge: no such atoms");
    sgmoe::merge_atoms(measure, first, second);
    return written(sgmoe::parameters_of(mixture_.family(), measure,
                                        atoms.expert_intercept));
  }

  std::vector<MergeStep> merge_path(const Atoms &atoms) const override {
    std::vector<MergeStep> result;
    sgmoe::merge_path(
        measure_of(atoms),
        [&](const sgmoe::Merge &merge, const sgmoe::MixingMeasure &merged) {
          result.push_back(
              {merge.first, merge.second, merge.height,
               written(sgmoe::parameters_of(mixture_.family(), merged,
                                            atoms.expert_intercept))});
        });
    return result;
  }

  Stream stream_start(const sgmoe::Rows &pilot, const Fields &parameters,
                      const sgmoe::IncrementalControl &control) const override {
    mixture_.check(pilot);
    const Theta theta = projected(parameters);
    sgmoe::Incremental<Family> driver(mixture_, control);
    return written(driver.start(pilot, theta));
  }

  Index stream_learn(const sgmoe::Rows &rows, Stream &stream,
                     const sgmoe::IncrementalControl &control,
                     const sgmoe::KeepGoing &keep_going) const override {
    mixture_.check(rows);
    const Theta theta = projected(stream.parameters);
    sgmoe::Incremental<Family> driver(mixture_, control);
    State state = read_state(driver, theta, stream);
    driver.check(state, rows);
    const Index taken = driver.learn(rows, state, keep_going);
    stream = written(std::move(state));
    require_finite("state, after these rows", stream.parameters);
    require_finite("state, after these rows", stream.numbers);
    return taken;
  }

  Fields
  stream_parameters(Stream &stream,
                    const sgmoe::IncrementalControl &control) const override {
    const Theta theta = projected(stream.parameters);
    sgmoe::Incremental<Family> driver(mixture_, control);
    return written(driver.reported(read_state(driver, theta, stream)));
  }

private:
  /// The passes that an origin gives.
  class Passes {
  public:
    Passes(const FamilyEngine &engine, const Origin &origin) {
      if (origin.rows != nullptr) {
        engine.mixture_.check(origin.rows->shape());
        passes_.reset(new sgmoe::RowPasses<Family>(*origin.rows));
      } else {
        passes_.reset(
            new sgmoe::RemotePasses<Family>(origin.remote_rows, origin.ask));
      }
      if (origin.log != nullptr)
        logged_.reset(new sgmoe::LoggedPasses<Family>(*passes_, *origin.log));
    }

    sgmoe::PassSource<Family> &get() const {
      return logged_ ? *logged_ : *passes_;
    }

  private:
    std::unique_ptr<sgmoe::PassSource<Family>> passes_, logged_;
  };

  const Vector &checked(const Vector &packed) const {
    sgmoe::require_size("packed", "vector", packed.size(),
                        mixture_.packed_size());
    return packed;
  }

  Theta read(const Fields &parameters) const {
    // First what says how many experts there are: shapes of that size are only
    // made where the parameters have it.
    require_shape("gate", find(parameters, "gate").value,
                  mixture_.gate().columns(), mixture_.experts());
    Theta result = mixture_.origin();
    result.fields(Reader(parameters));
    return result;
  }

  Theta projected(const Fields &parameters) const {
    Theta result = read(parameters);
    mixture_.family().project(result.expert);
    return result;
  }

  // Parameters on the user's scale have no variance floor.
  sgmoe::MixingMeasure measure_of(const Atoms &atoms) const {
    const Theta theta = read(atoms.parameters);
    if (atoms.weights.size() > 0)
      sgmoe::require_size("weights", "vector", atoms.weights.size(),
                          mixture_.experts());
    return sgmoe::mixing_measure(mixture_.family(), theta, atoms.weights,
                                 atoms.expert_intercept);
  }

  State read_state(const sgmoe::Incremental<Family> &driver, const Theta &theta,
                   const Stream &stream) const {
    require_finite("state", stream.parameters);
    require_finite("state", stream.numbers);
    State state = driver.blank();
    state.theta = theta;
    state.fields(Reader(stream.numbers));
    state.growing_fields(GrowingReader(stream.numbers));
    return state;
  }

  static Fields written(Theta theta) {
    Fields result;
    theta.fields(Writer(result));
    return result;
  }

  static Stream written(State &&state) {
    Stream result;
    result.parameters = written(state.theta);
    state.fields(Writer(result.numbers));
    state.growing_fields(Writer(result.numbers));
    return result;
  }

  static Fit written(const sgmoe::BatchResult<Family> &result) {
    Fit fit;
    static_cast<sgmoe::BatchOutcome &>(fit) = result;
    fit.parameters = written(result.parameters);
    return fit;
  }

  sgmoe::Mixture<Family> mixture_;
};

template <class Family>
std::unique_ptr<Engine> make(const Model &model, const Family &family) {
  sgmoe::Mixture<Family> mixture(model.gate_penalty, family);
  if (model.rows("gate_prior") > 0.0)
    mixture.set_gate_prior(model.rows("gate_prior"));
  return std::unique_ptr<Engine>(new FamilyEngine<Family>(mixture));
}

} // namespace engine

#endif
