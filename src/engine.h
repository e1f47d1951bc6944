// What the glue knows of a mixture: an engine behind which its family is
// hidden, and plain names and numbers that pass between them. So each family
// compiles alone (engine_<family>.cpp), and no other file names one.
#ifndef SGMOE_ENGINE_H
#define SGMOE_ENGINE_H

#include <sgmoe/core/rows.hpp>
#include <sgmoe/driver/checkpoint.hpp>
#include <sgmoe/driver/control.hpp>
#include <sgmoe/driver/remote.hpp>
#include <sgmoe/driver/row_source.hpp>
#include <sgmoe/model/row_values.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace engine {

using sgmoe::Index;
using sgmoe::Matrix;
using sgmoe::Vector;

/// A number, vector or matrix with its name; `matrix` tells which.
struct Field {
  std::string name;
  Matrix value;
  bool matrix;
};

/// Parameters, or the state of a stream.
using Fields = std::vector<Field>;

/// What a model is, and the settings that only its family reads.
struct Model {
  std::string family;
  Index experts = 0, responses = 0;
  Vector gate_penalty, expert_penalty; // one entry a column of the design
  std::map<std::string, std::string> words;
  std::map<std::string, double> numbers;
  std::map<std::string, Matrix> matrices;

  const std::string &word(const std::string &name) const {
    return find(words, name);
  }
  double number(const std::string &name) const { return find(numbers, name); }
  const Matrix &matrix(const std::string &name) const {
    return find(matrices, name);
  }
  /// Rows that a prior is worth; none where the model does not say.
  double rows(const std::string &name) const {
    return numbers.count(name) == 0 ? 0.0 : number(name);
  }

private:
  template <class Values>
  static const typename Values::mapped_type &find(const Values &values,
                                                  const std::string &name) {
    const auto at = values.find(name);
    if (at == values.end())
      throw sgmoe::InputError("model: " + name + " is missing");
    return at->second;
  }
};

struct Fit : sgmoe::BatchOutcome {
  Fields parameters;
};

/// One pass: what it finds at a point, and where a step from there leads.
struct Pass {
  double objective = 0.0, log_likelihood = 0.0, gain = 0.0;
  Vector gradient, image; // packed
};

/// Totals over rows that describe a fit; the blocks only if asked for.
struct Description {
  Vector gate, posterior;
  double entropy = 0.0;
  sgmoe::BlockInformation gate_block;
  std::vector<sgmoe::BlockInformation> expert_blocks;
};

/// The objective around a point, to second order, in the free coordinates.
struct Curved {
  bool complete = false; // else the user interrupted
  double log_likelihood = 0.0, penalty = 0.0;
  double gate_ridge = 0.0, expert_ridge = 0.0; // parts of the penalty
  Index gate_size = 0;                         // coordinates of the gate
  Vector score, penalty_gradient;
  Matrix information;       // negative Hessian of the log-likelihood
  Matrix penalty_hessian;   // of ridge and priors
  Matrix prior_hessian;     // of the priors
  Matrix penalty_curvature; // of the ridge, without what involves scales
};

/// A step down the tree: the merge of two atoms (from zero), and the parameters
/// after it.
struct MergeStep {
  Index first = 0, second = 0;
  double height = 0.0;
  Fields parameters;
};

/// What is to be merged: parameters, on whatever scale, and the atoms' weights;
/// none: exp(intercept) of the gate.
struct Atoms {
  Fields parameters;
  Vector weights;
  bool expert_intercept = true;
};

struct Stream {
  Fields parameters, numbers;
};

/// Where the passes of a fit come from: rows that this process has, or others
/// who have `remote_rows` of them; and a log of passes, or none.
struct Origin {
  sgmoe::RowSource *rows = nullptr;
  Index remote_rows = 0;
  sgmoe::AskAll ask;
  sgmoe::CheckpointFile *log = nullptr;
};

/// Every size is checked here; what does not fit throws sgmoe::InputError.
class Engine {
public:
  virtual ~Engine() = default;

  virtual Vector pack(const Fields &parameters) const = 0;
  virtual Fields unpack(const Vector &packed) const = 0;

  virtual Fit fit(const Origin &origin, const Fields &start,
                  const sgmoe::BatchControl &control,
                  const sgmoe::Callbacks &callbacks) const = 0;
  /// The same from given posteriors (n x K, or one row for all).
  virtual Fit fit_from_posterior(const Origin &origin,
                                 const Eigen::Map<const Matrix> &posterior,
                                 const sgmoe::BatchControl &control,
                                 const sgmoe::Callbacks &callbacks) const = 0;
  virtual Pass pass(const sgmoe::Rows &rows, const Vector &packed,
                    sgmoe::Curvature curvature, Index threads) const = 0;

  /// The statistic that answers a question (driver/flat.hpp).
  virtual sgmoe::Numbers answer(sgmoe::RowSource &rows,
                                const sgmoe::Numbers &question, Index threads,
                                Index before) const = 0;

  /// `parts` is a sum of sgmoe::row_part.
  virtual sgmoe::RowValues predict(const sgmoe::Rows &rows,
                                   const Fields &parameters, unsigned parts,
                                   Index threads) const = 0;
  virtual Description describe(sgmoe::RowSource &rows, const Fields &parameters,
                               bool information, Index threads) const = 0;

  virtual Curved information(sgmoe::RowSource &rows, const Fields &parameters,
                             Index threads,
                             const sgmoe::KeepGoing &keep_going) const = 0;

  /// The parameters a step away, in the free coordinates.
  virtual Fields moved(const Fields &parameters, const Vector &step) const = 0;

  /// The scores of single rows, n x free coordinates, without case weights;
  /// empty if the user interrupted.
  virtual Matrix row_scores(const sgmoe::Rows &rows, const Fields &parameters,
                            Index threads,
                            const sgmoe::KeepGoing &keep_going) const = 0;
  /// The sum of their outer products, each as often as its row counts; empty if
  /// the user interrupted.
  virtual Matrix score_products(sgmoe::RowSource &rows,
                                const Fields &parameters, Index threads,
                                const sgmoe::KeepGoing &keep_going) const = 0;

  /// The parameters after the merge of two atoms.
  virtual Fields merge(const Atoms &atoms, Index first, Index second) const = 0;
  /// All merges down to one atom.
  virtual std::vector<MergeStep> merge_path(const Atoms &atoms) const = 0;

  /// A stream that goes on from a pilot, fitted by `parameters`.
  virtual Stream
  stream_start(const sgmoe::Rows &pilot, const Fields &parameters,
               const sgmoe::IncrementalControl &control) const = 0;
  /// Learns rows; answers how many were taken before `keep_going` refused.
  virtual Index stream_learn(const sgmoe::Rows &rows, Stream &stream,
                             const sgmoe::IncrementalControl &control,
                             const sgmoe::KeepGoing &keep_going) const = 0;
  /// The parameters that a stream reports.
  virtual Fields
  stream_parameters(Stream &stream,
                    const sgmoe::IncrementalControl &control) const = 0;
};

/// The engine of a model: where a family's name becomes a type.
std::unique_ptr<Engine> make_engine(const Model &model);

} // namespace engine

#endif
