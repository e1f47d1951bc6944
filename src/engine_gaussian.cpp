// Gaussian experts.
#include "engine_impl.h"

#include <sgmoe/family/gaussian.hpp>

namespace engine {

namespace {

sgmoe::Covariance covariance(const std::string &name) {
  if (name == "full")
    return sgmoe::Covariance::full;
  if (name == "diagonal")
    return sgmoe::Covariance::diagonal;
  if (name == "spherical")
    return sgmoe::Covariance::spherical;
  throw sgmoe::InputError("covariance: got \"" + name +
                          "\", expected full, diagonal or spherical");
}

} // namespace

std::unique_ptr<Engine> make_gaussian(const Model &model) {
  sgmoe::Gaussian family(model.experts, model.responses, model.expert_penalty,
                         covariance(model.word("covariance")),
                         model.number("shared") != 0.0,
                         model.number("variance_floor"));
  if (model.rows("expert_prior") > 0.0)
    family.set_prior(model.rows("expert_prior"),
                     model.matrix("prior_covariance"));
  return make(model, family);
}

} // namespace engine
