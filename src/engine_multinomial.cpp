// Multinomial-logistic experts.
#include "engine_impl.h"

#include <sgmoe/family/multinomial.hpp>

namespace engine {

std::unique_ptr<Engine> make_multinomial(const Model &model) {
  sgmoe::Multinomial family(model.experts, model.responses,
                            model.expert_penalty);
  if (model.rows("expert_prior") > 0.0)
    family.set_prior(model.rows("expert_prior"), model.matrix("prior_target"));
  return make(model, family);
}

} // namespace engine
