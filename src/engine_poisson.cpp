// Poisson experts.
#include "engine_impl.h"

#include <sgmoe/family/poisson.hpp>

namespace engine {

std::unique_ptr<Engine> make_poisson(const Model &model) {
  sgmoe::require_size("model", "responses", model.responses, 1);
  sgmoe::Poisson family(model.experts, model.expert_penalty);
  if (model.rows("expert_prior") > 0.0)
    family.set_prior(model.rows("expert_prior"), model.matrix("prior_target"));
  return make(model, family);
}

} // namespace engine
