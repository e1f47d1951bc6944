// Multinomial-logistic experts.
#include "engine_impl.h"

#include <sgmoe/family/multinomial.hpp>

namespace engine {

std::unique_ptr<Engine> make_multinomial(const Model &model) {
  return make(model, sgmoe::Multinomial(model.experts, model.responses,
                                        model.expert_penalty));
}

} // namespace engine
