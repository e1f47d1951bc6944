// The four systems of coordinates that a model has, and their maps.
//
//   working  Parameters<Family>: where steps are taken. Gate coefficients
//            (p x K) whose rows sum to zero, of standardised columns; the
//            experts' as their family has them: means r x q with covariance
//            matrices, logits r x M whose rows sum to zero, coefficients.
//   packed   one vector: the gate, column by column, then the experts. Logits
//            keep their sum-zero form, covariances are the entries of their
//            Cholesky factors, diagonals in logarithms (one if shared). Every
//            vector of a neighbourhood stands for parameters, so acceleration
//            and averages of streams live here.
//   free     packed without what is redundant: of every logit block (the gate;
//            the classes of an expert) all classes but the last, relative to
//            the last, which is the reference. As many as there are
//            parameters, so scores of rows and information live here.
//   user     what people read: columns on their own scale, the first class the
//            reference, standard deviations. Only R knows of it.
//
//   working <-> packed   pack, unpack     exact, but for the variance floor
//   working <-> free     to_free, from_free; moved() takes a step in free
//   packed   -> free     by way of working
//   free     -> user     in R, with its Jacobian
//
// Each map is the gate's (block/logit.hpp) beside the family's.
#ifndef SGMOE_COORDINATES_HPP
#define SGMOE_COORDINATES_HPP

#include "statistic.hpp"

namespace sgmoe {

template <class Family> class Coordinates {
public:
  using Theta = Parameters<Family>;
  using Sums = Statistic<Family>;

  Coordinates(const Vector &gate_penalty, const Family &family)
      : gate_(family.experts(), gate_penalty), family_(family) {}

  const LogitBlock &gate() const { return gate_; }
  const Family &family() const { return family_; }
  Index experts() const { return family_.experts(); }

  // Packed.

  Index packed_size() const {
    return gate_.columns() * experts() + family_.packed_size();
  }

  Vector pack(const Theta &theta) const {
    return join(theta.gate, family_.pack(theta.expert));
  }

  Theta unpack(const Vector &packed) const {
    const Index size = gate_.columns() * experts();
    return {Eigen::Map<const Matrix>(packed.data(), gate_.columns(), experts()),
            family_.unpack(packed.tail(packed.size() - size))};
  }

  /// Gradient of the penalised log-likelihood in the packed form.
  Vector gradient(const Sums &statistic, const Theta &theta) const {
    return join(gate_.gradient(statistic.gate, theta.gate),
                family_.gradient(statistic.expert, theta.expert));
  }

  // Free.

  Index free_size() const { return gate_.free_size() + family_.free_size(); }

  Vector to_free(const Theta &theta) const {
    Vector result(free_size());
    result << gate_.to_free(theta.gate), family_.to_free(theta.expert);
    return result;
  }

  /// The gradient in them: what is redundant adds nothing.
  Vector free_gradient(const Sums &statistic, const Theta &theta) const {
    Vector result(free_size());
    const Matrix gate = gate_.gradient(statistic.gate, theta.gate);
    result << gate_.free_gradient(
        Eigen::Map<const Vector>(gate.data(), gate.size())),
        family_.free_gradient(family_.gradient(statistic.expert, theta.expert));
    return result;
  }

  Theta from_free(const Vector &values) const {
    Theta result = {Matrix::Zero(gate_.columns(), experts()),
                    family_.from_free(values.tail(family_.free_size()))};
    gate_.move(values.head(gate_.free_size()), result.gate);
    return result;
  }

  /// A step in free coordinates.
  Theta moved(const Theta &theta, const ConstVectorRef &step) const {
    Theta result = theta;
    gate_.move(step.head(gate_.free_size()), result.gate);
    family_.move(step.tail(family_.free_size()), result.expert);
    return result;
  }

  /// Complete-data information of a statistic with Fisher sums.
  Matrix information(const Sums &statistic, const Theta &theta) const {
    Matrix result = Matrix::Zero(free_size(), free_size());
    gate_.add_information(statistic.gate, 1.0, gate_corner(result));
    family_.add_information(statistic.expert, theta.expert, 1.0,
                            family_corner(result));
    return result;
  }

  /// Second derivatives of the ridge in gate, means and logits.
  Matrix penalty_curvature(const Theta &theta) const {
    Matrix result = Matrix::Zero(free_size(), free_size());
    gate_.add_penalty(gate_corner(result));
    family_.add_penalty(theta.expert, family_corner(result));
    return result;
  }

  /// Second derivatives of the priors.
  Matrix prior_hessian(const Theta &theta) const {
    Matrix result = Matrix::Zero(free_size(), free_size());
    gate_.add_prior(theta.gate, gate_corner(result));
    family_.add_prior(theta.expert, family_corner(result));
    return result;
  }

  /// Second derivatives of ridge and priors, with those of the ridge that
  /// involve the experts' covariances.
  Matrix penalty_hessian(const Theta &theta) const {
    Matrix result = penalty_curvature(theta) + prior_hessian(theta);
    family_.add_ridge_scales(theta.expert, family_corner(result));
    return result;
  }

  Vector penalty_gradient(const Theta &theta) const {
    Vector result(free_size());
    result << gate_.penalty_gradient(theta.gate),
        family_.penalty_gradient(theta.expert);
    return result;
  }

protected:
  LogitBlock gate_;
  Family family_;

private:
  Eigen::Block<Matrix> gate_corner(Matrix &all) const {
    return all.topLeftCorner(gate_.free_size(), gate_.free_size());
  }

  Eigen::Block<Matrix> family_corner(Matrix &all) const {
    return all.bottomRightCorner(family_.free_size(), family_.free_size());
  }

  static Vector join(const Matrix &gate, const Vector &expert) {
    Vector packed(gate.size() + expert.size());
    packed << Eigen::Map<const Vector>(gate.data(), gate.size()), expert;
    return packed;
  }
};

} // namespace sgmoe

#endif
