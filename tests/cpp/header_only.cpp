// The whole core, compiled alone: without SGMOE_SEPARATE it needs no object
// file.
#include <sgmoe/driver/batch.hpp>
#include <sgmoe/driver/incremental.hpp>
#include <sgmoe/family/gaussian.hpp>
#include <sgmoe/family/multinomial.hpp>
#include <sgmoe/family/poisson.hpp>
#include <sgmoe/model/information.hpp>
#include <sgmoe/model/mixing_measure.hpp>
#include <sgmoe/model/predict.hpp>
