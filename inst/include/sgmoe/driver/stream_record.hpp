// How a stream went, in constant memory: sums over bins of minibatches. When
// all bins are full, neighbours are joined and later bins are twice as long.
#ifndef SGMOE_STREAM_RECORD_HPP
#define SGMOE_STREAM_RECORD_HPP

#include "../core/common.hpp"

namespace sgmoe {

struct StreamRecord {
  static constexpr Index kMostBins = 200;

  /// A row a bin: rows learnt at its end, their weight, their log-likelihood
  /// before they were learnt, the step size at its end, extreme rows, and the
  /// experts' shares at its end.
  Matrix bins;
  double width = 1.0;  // minibatches in a bin
  double filled = 0.0; // minibatches in the last bin

  static Index columns(Index experts) { return 5 + experts; }

  explicit StreamRecord(Index experts = 0) : bins(0, columns(experts)) {}

  void add(double rows, double weight, double log_likelihood, double step_size,
           double extreme, const Vector &share) {
    if (bins.rows() == 0 || filled >= width) {
      if (bins.rows() == kMostBins)
        join();
      bins.conservativeResize(bins.rows() + 1, Eigen::NoChange);
      bins.row(bins.rows() - 1).setZero();
      filled = 0.0;
    }
    auto last = bins.row(bins.rows() - 1);
    last(0) = rows;
    last(1) += weight;
    last(2) += log_likelihood;
    last(3) = step_size;
    last(4) += extreme;
    last.tail(share.size()) = share.transpose();
    filled += 1.0;
  }

private:
  void join() {
    const Index half = bins.rows() / 2;
    for (Index i = 0; i < half; ++i) {
      const Eigen::RowVectorXd sums = bins.row(2 * i) + bins.row(2 * i + 1);
      bins.row(i) = bins.row(2 * i + 1);
      bins.row(i).segment(1, 2) = sums.segment(1, 2);
      bins(i, 4) = sums(4);
    }
    bins.conservativeResize(half, Eigen::NoChange);
    width *= 2.0;
  }
};

} // namespace sgmoe

#endif
