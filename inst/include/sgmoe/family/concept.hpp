// What a family of experts is: the members that the mixture and its drivers
// call. A family is a class with these; Mixture<Family> checks them and says in
// words what is missing. Gaussian, multinomial and every later family is one
// header of this folder, one engine_<family>.cpp in src/ and one line in the
// registry there.
//
// Types
//   Parameters  of all experts; fields(visit) names the numbers they are made
//               of: visit("expert", matrix), ...
//   Statistic   additive sums over rows at given parameters: weight (one an
//               expert), merge, scale, adopt_curvature, fields(visit)
//   Density     parameters in a form that is quick to evaluate on many rows
//   Workspace   scratch memory of one thread; what log_density() leaves there,
//               accumulate() and row_scores() find
//
// Rows
//   check(rows) refuses a response that these experts cannot have;
//   density(parameters), log_density(block, density, workspace, n x K result),
//   accumulate(block, weights a tau_k, workspace, scratch, statistic),
//   expert_mean(block, parameters, n x mean_columns() result)
//
// Steps
//   origin()    the anchor of a maximisation from given posteriors
//   start_rows(block, workspace): before accumulate() takes the sums of that
//               first maximisation, what log_density() left in the workspace
//               may give way to what the response suggests: the quadratic of a
//               link is of use near the means only, and the origin may be far
//   start_steps(): how many steps are to be taken from given posteriors, at
//               most a few; one is enough where it is an M-step
//   statistic(curvature): an empty one
//   maximise(statistic, parameters, least_weight, share, report): the plain
//               step. It may overshoot: in batch the driver evaluates what
//               comes out, and where the objective fell asks for
//   safe_step(statistic, parameters, least_weight, attempt, report): with
//               attempt = 0, 1, ..., safe_attempts(curvature) - 1. A family
//               with a bound answers with the maximiser of the bound, which
//               cannot lower the objective: it needs one attempt, and none
//               where the plain step is that already. A family without one
//               backtracks: every attempt is a shorter step in a direction in
//               which the objective rises, so one of them is short enough. In
//               both cases, when all attempts fell, what is left to gain is
//               below the rounding error of the objective.
//   limit(statistic, from, reach, to): streams cannot evaluate rows again, so
//               there a step is shortened until it changes no linear predictor
//               by more than `reach`.
//   reanchor(from, to, share, statistic): moves the point that a statistic is
//               written around.
//
// Coordinates (model/coordinates.hpp): packed_size, pack, unpack, gradient;
//   free_size, to_free, from_free, move, row_scores, add_information,
//   add_penalty, penalty_gradient.
//
// Derivatives in the predictors and scales of each expert, for the observed
// information (model/information.hpp): predictors, scales, first_scale,
// derivatives; ridge_value and penalty_value differ by the family's own prior,
// if it has one: add_prior, scale_prior (a share of it). add_ridge_scales adds
// what add_penalty leaves out.
//
// Atoms (model/mixing_measure.hpp): slow, fast, from_atoms.
#ifndef SGMOE_CONCEPT_HPP
#define SGMOE_CONCEPT_HPP

#include "../core/gram.hpp"
#include "../core/rows.hpp"

#include <type_traits>
#include <utility>
#include <vector>

namespace sgmoe {

/// What a family may leave out. It derives from this and hides what it does
/// otherwise.
template <class Parameters, class Statistic> struct FamilyDefaults {
  /// Kinds of response that may not have occurred yet: none, numbers have no
  /// kinds.
  Index kinds() const { return 0; }
  void add_kinds(const Block &, Vector &) const {}
  /// The Gram matrix of all rows of a stream, to see which columns have not
  /// varied so far. Empty: it is not known.
  Matrix total_gram(const Statistic &) const { return Matrix(); }

  /// Roughly how many passes the Fisher sums of one are worth; their
  /// factorisation where they serve several passes.
  double fisher_cost() const { return 0.0; }
  void factorise(BoundShare, Statistic &) const {}
  /// Factorises Gram matrices that serve several passes.
  void factorise_grams(Statistic &) const {}

  /// The origin is as good an anchor as any.
  template <class Workspace>
  void start_rows(const Block &, Workspace &) const {}
  Index start_steps() const { return 1; }

  /// The plain step never lowers the objective.
  Index safe_attempts(Curvature) const { return 0; }
  /// A step is never too long.
  void limit(const Statistic &, const Parameters &, double,
             Parameters &) const {}
  /// The statistic does not depend on the point where it was taken.
  void reanchor(const Parameters &, const Parameters &, BoundShare,
                Statistic &) const {}

  /// The gradient in free coordinates from that in the packed form: the same.
  Vector free_gradient(const Vector &packed) const { return packed; }

  /// A share of the prior beside the ridge: there is none.
  void scale_prior(double) {}

  /// Scale coordinates: none, all is in the linear predictors.
  Index scales() const { return 0; }
  Index first_scale(Index) const { return 0; }
  /// Second derivatives of the ridge that add_penalty() leaves out, and of a
  /// prior beside it.
  template <class Result>
  void add_ridge_scales(const Parameters &, Result &&) const {}
  template <class Result> void add_prior(const Parameters &, Result &&) const {}

  /// Brings parameters from elsewhere to where these experts may be.
  void project(Parameters &) const {}
  /// The information matrices of blocks that may separate; one an expert, or
  /// none.
  std::vector<BlockInformation> information_blocks(const Statistic &) const {
    return {};
  }
};

namespace offers {

template <class...> struct MakeVoid { using type = void; };

template <class Type> const Type &a();
template <class Type> Type &some();
using Result = Eigen::Block<Matrix>;
struct Visit {
  template <class Value> void operator()(const char *, Value &&) const {}
};

// name<F>::value: does `expression` compile, with F the family and P, S, D, W
// its types?
#define SGMOE_OFFERS(name, expression)                                         \
  template <class F, class P, class S, class D, class W, class = void>         \
  struct name : std::false_type {};                                            \
  template <class F, class P, class S, class D, class W>                       \
  struct name<F, P, S, D, W, typename MakeVoid<decltype(expression)>::type>    \
      : std::true_type {}

template <class F, class = void> struct Types : std::false_type {};
template <class F>
struct Types<
    F, typename MakeVoid<typename F::Parameters, typename F::Statistic,
                         typename F::Density, typename F::Workspace>::type>
    : std::true_type {};

SGMOE_OFFERS(ParameterFields, some<P>().fields(Visit()));
SGMOE_OFFERS(StatisticFields, some<S>().fields(Visit()));
SGMOE_OFFERS(Additive,
             (some<S>().merge(a<S>()), some<S>().scale(1.0),
              some<S>().adopt_curvature(a<S>()), Vector(a<S>().weight)));
SGMOE_OFFERS(Sizes, Index(a<F>().experts() + a<F>().responses() +
                          a<F>().columns() + a<F>().mean_columns()));
SGMOE_OFFERS(Check, a<F>().check(a<Rows>()));
SGMOE_OFFERS(LogDensity, (D(a<F>().density(a<P>())),
                          a<F>().log_density(a<Block>(), a<D>(), some<W>(),
                                             some<Matrix>())));
SGMOE_OFFERS(Accumulate, a<F>().accumulate(a<Block>(), a<Matrix>(), some<W>(),
                                           some<Scratch>(), some<S>()));
SGMOE_OFFERS(Mean, a<F>().expert_mean(a<Block>(), a<P>(), some<Matrix>()));
SGMOE_OFFERS(Origin,
             (P(a<F>().origin()), S(a<F>().statistic(Curvature::fisher))));
SGMOE_OFFERS(Maximise, P(a<F>().maximise(a<S>(), a<P>(), 1.0, a<BoundShare>(),
                                         some<ExpertReport>())));
SGMOE_OFFERS(SafeStep, (P(a<F>().safe_step(a<S>(), a<P>(), 1.0, Index(0),
                                           some<ExpertReport>())),
                        Index(a<F>().safe_attempts(Curvature::fisher))));
SGMOE_OFFERS(Penalty,
             (double(a<F>().penalty_value(a<P>())),
              double(a<F>().ridge_value(a<P>())), Vector(a<F>().penalty()),
              some<F>().set_penalty(a<Vector>())));
SGMOE_OFFERS(Packed, (Index(a<F>().packed_size()), Vector(a<F>().pack(a<P>())),
                      P(a<F>().unpack(a<Vector>())),
                      Vector(a<F>().gradient(a<S>(), a<P>()))));
SGMOE_OFFERS(Free, (Index(a<F>().free_size()), Vector(a<F>().to_free(a<P>())),
                    P(a<F>().from_free(a<Vector>())),
                    a<F>().move(a<Vector>(), some<P>())));
SGMOE_OFFERS(Scores, a<F>().row_scores(a<Block>(), a<D>(), a<Matrix>(), a<W>(),
                                       std::declval<Result>()));
SGMOE_OFFERS(Information, (a<F>().add_information(a<S>(), a<P>(), 1.0,
                                                  std::declval<Result>()),
                           a<F>().add_penalty(a<P>(), std::declval<Result>()),
                           Vector(a<F>().penalty_gradient(a<P>()))));
SGMOE_OFFERS(Derivatives,
             (Index(a<F>().predictors()),
              a<F>().derivatives(a<Block>(), a<D>(), a<W>(), Index(0),
                                 some<Matrix>(), some<Matrix>())));
SGMOE_OFFERS(Atoms, (Matrix(a<F>().slow(a<P>(), true)),
                     Matrix(a<F>().fast(a<P>(), true)),
                     P(a<F>().from_atoms(a<Matrix>(), a<Matrix>(), true))));
SGMOE_OFFERS(
    Optional,
    (Index(a<F>().kinds()), a<F>().add_kinds(a<Block>(), some<Vector>()),
     Matrix(a<F>().total_gram(a<S>())), double(a<F>().fisher_cost()),
     a<F>().factorise(a<BoundShare>(), some<S>()),
     a<F>().factorise_grams(some<S>()),
     a<F>().start_rows(a<Block>(), some<W>()), Index(a<F>().start_steps()),
     a<F>().limit(a<S>(), a<P>(), 1.0, some<P>()),
     a<F>().reanchor(a<P>(), a<P>(), a<BoundShare>(), some<S>()),
     a<F>().project(some<P>()), some<F>().scale_prior(1.0),
     Index(a<F>().scales() + a<F>().first_scale(0)),
     a<F>().add_ridge_scales(a<P>(), std::declval<Result>()),
     a<F>().add_prior(a<P>(), std::declval<Result>()),
     std::vector<BlockInformation>(a<F>().information_blocks(a<S>()))));
#undef SGMOE_OFFERS

} // namespace offers

/// Does not compile unless `F` is a family, and says why.
template <class F> struct RequireFamily {
  static_assert(offers::Types<F>::value,
                "A family needs the types Parameters, Statistic, Density and "
                "Workspace.");
  template <template <class, class, class, class, class, class> class Offer>
  using Has = Offer<F, typename F::Parameters, typename F::Statistic,
                    typename F::Density, typename F::Workspace, void>;

  static_assert(Has<offers::ParameterFields>::value,
                "A family's Parameters need fields(visit), which calls "
                "visit(name, matrix) for each of their parts.");
  static_assert(Has<offers::StatisticFields>::value,
                "A family's Statistic needs fields(visit), which calls "
                "visit(name, numbers) for each of its parts.");
  static_assert(Has<offers::Additive>::value,
                "A family's Statistic needs weight (a Vector, one entry an "
                "expert), merge(other), scale(factor) and "
                "adopt_curvature(other).");
  static_assert(Has<offers::Sizes>::value,
                "A family needs the sizes experts(), responses(), columns() "
                "and mean_columns().");
  static_assert(Has<offers::Check>::value,
                "A family needs check(rows), which refuses a response that it "
                "cannot have.");
  static_assert(Has<offers::LogDensity>::value,
                "A family needs density(parameters) and log_density(block, "
                "density, workspace, result).");
  static_assert(Has<offers::Accumulate>::value,
                "A family needs accumulate(block, weights, workspace, scratch, "
                "statistic).");
  static_assert(Has<offers::Mean>::value,
                "A family needs expert_mean(block, parameters, result).");
  static_assert(Has<offers::Origin>::value,
                "A family needs origin() and statistic(curvature).");
  static_assert(Has<offers::Maximise>::value,
                "A family needs maximise(statistic, parameters, least_weight, "
                "share, report).");
  static_assert(Has<offers::SafeStep>::value,
                "A family needs safe_step(statistic, parameters, least_weight, "
                "attempt, report) and safe_attempts(curvature): a bound, or "
                "backtracking.");
  static_assert(Has<offers::Penalty>::value,
                "A family needs penalty_value(parameters), "
                "ridge_value(parameters), penalty() and set_penalty(penalty).");
  static_assert(Has<offers::Packed>::value,
                "A family needs packed coordinates: packed_size(), "
                "pack(parameters), unpack(vector) and gradient(statistic, "
                "parameters).");
  static_assert(Has<offers::Free>::value,
                "A family needs free coordinates: free_size(), "
                "to_free(parameters), from_free(vector) and move(step, "
                "parameters).");
  static_assert(Has<offers::Scores>::value,
                "A family needs row_scores(block, density, weights, workspace, "
                "result).");
  static_assert(Has<offers::Information>::value,
                "A family needs add_information(statistic, parameters, share, "
                "result), add_penalty(parameters, result) and "
                "penalty_gradient(parameters).");
  static_assert(Has<offers::Derivatives>::value,
                "A family needs predictors() and derivatives(block, density, "
                "workspace, expert, score, curvature).");
  static_assert(Has<offers::Atoms>::value,
                "A family needs the coordinates of atoms: slow(parameters, "
                "intercept), fast(parameters, intercept) and from_atoms(slow, "
                "fast, intercept).");
  static_assert(Has<offers::Optional>::value,
                "A family has an optional member of another signature than "
                "FamilyDefaults, or does not derive from it.");
  static constexpr bool value = true;
};

} // namespace sgmoe

#endif
