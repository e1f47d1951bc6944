// The registry, and the unit that compiles all families: most of what the
// compiler makes of one (Eigen's products, the gate, the sums) serves the
// others too, so that three units took nearly twice the time.
#include "engine_gaussian.cpp"
#include "engine_multinomial.cpp"
#include "engine_poisson.cpp"

namespace engine {

namespace {

using Factory = std::unique_ptr<Engine> (*)(const Model &);

const std::map<std::string, Factory> factories = {
    {"gaussian", make_gaussian},
    {"multinomial", make_multinomial},
    {"poisson", make_poisson},
};

} // namespace

std::unique_ptr<Engine> make_engine(const Model &model) {
  if (model.experts < 1 || model.responses < 1)
    throw sgmoe::InputError("model: it needs an expert and a response");
  const auto factory = factories.find(model.family);
  if (factory != factories.end())
    return factory->second(model);
  std::string known;
  for (const auto &family : factories)
    known += (known.empty() ? "" : ", ") + family.first;
  throw sgmoe::InputError("family: got \"" + model.family +
                          "\", expected one of " + known);
}

} // namespace engine
