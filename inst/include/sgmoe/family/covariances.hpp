// The covariances of all experts: their structure, each expert's own or one
// shared by all, their floor and their prior.
//
// Prior of weight c and with a given covariance S: each covariance (one if
// shared) adds -c/2 (log|Sigma| + tr(Sigma^-1 S)) to the objective, as c rows
// with these residuals at z = 0 would. So S joins the sums as they would:
//   Sigma_k = (P_k + c S) / (n_k + c),
// P_k the penalised cross-product, is the maximiser, then brought into the
// structure.
#ifndef SGMOE_COVARIANCES_HPP
#define SGMOE_COVARIANCES_HPP

#include "../core/solve.hpp"
#include "covariance_root.hpp"
#include "covariance_structure.hpp"

#include <cmath>
#include <vector>

namespace sgmoe {

class Covariances {
public:
  using List = std::vector<Matrix>; // one an expert, equal ones if shared

  Covariances(Index experts, Index size, Covariance structure, bool shared,
              double floor)
      : experts_(experts), size_(size), structure_(structure), shared_(shared),
        floor_(floor) {}

  Covariance structure() const { return structure_; }
  bool shared() const { return shared_; }

  List identity() const {
    return List(static_cast<std::size_t>(experts_),
                Matrix::Identity(size_, size_));
  }

  /// Brings a covariance into its structure and onto the floor: the maximiser
  /// of -n/2 (log|Sigma| + tr(Sigma^-1 M)) over matrices with eigenvalues >=
  /// floor has M's eigenvectors and clipped eigenvalues. Returns whether the
  /// floor was met.
  bool project(Matrix &covariance) const {
    if (structure_ == Covariance::full && size_ > 1) {
      covariance = (0.5 * (covariance + covariance.transpose())).eval();
      return raise_eigenvalues(covariance, floor_);
    }
    Vector variances = covariance.diagonal();
    if (structure_ == Covariance::spherical)
      variances.setConstant(variances.mean());
    covariance = variances.cwiseMax(floor_).asDiagonal();
    return variances.minCoeff() < floor_;
  }

  /// The covariance of rows of the given weight and cross-product, in its
  /// structure. Returns whether the floor was met.
  bool maximise(const Matrix &cross, double weight, Matrix &covariance) const {
    covariance = cross;
    add_prior_rows(covariance, weight);
    covariance /= weight;
    return project(covariance);
  }

  // Coordinates, those of a shared covariance once.

  Index own_coordinates() const { return scale_coordinates(structure_, size_); }
  Index coordinates() const {
    return own_coordinates() * (shared_ ? 1 : experts_);
  }
  Index first_coordinate(Index k) const {
    return shared_ ? 0 : k * own_coordinates();
  }

  /// Writes the coordinates from `position` on.
  void pack(const List &covariances, Index position, Vector &packed) const {
    for (Index k = 0; k < (shared_ ? 1 : experts_); ++k) {
      const CovarianceRoot root(covariances[static_cast<std::size_t>(k)]);
      for_coordinates(structure_, size_, [&](Index i, Index j) {
        packed(position++) = i == j ? std::log(root(j, j)) : root(i, j);
      });
    }
  }

  List unpack(const ConstVectorRef &coordinates) const {
    List result;
    Index position = 0;
    for (Index k = 0; k < experts_; ++k) {
      if (shared_ && k > 0) {
        result.push_back(result.front());
        continue;
      }
      Matrix factor = Matrix::Zero(size_, size_);
      for_coordinates(structure_, size_, [&](Index i, Index j) {
        const double value = coordinates(position++);
        factor(i, j) = i == j ? std::exp(value) : value;
      });
      if (structure_ == Covariance::spherical)
        factor.diagonal().setConstant(factor(0, 0));
      result.emplace_back(factor * factor.transpose());
      project(result.back());
    }
    return result;
  }

  /// Adds the gradient of expert k's log-likelihood and prior to its
  /// coordinates, which are in `packed` from `position` on: `cross`, the
  /// cross-product of its rows, is overwritten.
  void add_gradient(Index k, const CovarianceRoot &root, double weight,
                    Matrix &cross, Index position, Vector &packed) const {
    if (k == 0 || !shared_)
      add_prior_rows(cross, weight);
    root.gradient(weight, cross);
    if (structure_ == Covariance::spherical)
      cross(0, 0) = cross.diagonal().sum();
    position += first_coordinate(k);
    for_coordinates(structure_, size_, [&](Index i, Index j) {
      packed(position++) += cross(i, j);
    });
  }

  // The prior.

  void set_prior(double rows, const Matrix &scatter) {
    require_size("prior", "covariance", scatter.rows(), size_);
    require_size("prior", "covariance", scatter.cols(), size_);
    prior_rows_ = rows;
    prior_covariance_ = scatter;
  }
  void scale_prior(double share) { prior_rows_ *= share; }
  double prior_rows() const { return prior_rows_; }
  const Matrix &prior_covariance() const { return prior_covariance_; }

  /// c/2 sum (log|Sigma| + tr(Sigma^-1 S)), minus the log-likelihood of its
  /// rows.
  double prior_value(const List &covariances) const {
    double value = 0.0;
    for (Index k = 0; k < (shared_ ? 1 : experts_) && prior_rows_ > 0.0; ++k)
      value -=
          prior_rows_ * CovarianceRoot(covariances[static_cast<std::size_t>(k)])
                            .log_likelihood(prior_covariance_, 1.0);
    return value;
  }

private:
  void add_prior_rows(Matrix &cross, double &weight) const {
    if (!(prior_rows_ > 0.0))
      return;
    cross += prior_rows_ * prior_covariance_;
    weight += prior_rows_;
  }

  Index experts_, size_;
  Covariance structure_;
  bool shared_;
  double floor_;
  double prior_rows_ = 0.0;
  Matrix prior_covariance_;
};

} // namespace sgmoe

#endif
