// What of the core is compiled once, for all families.
#define SGMOE_BODIES

#include <sgmoe/core/cells.hpp>
#include <sgmoe/core/kernels.hpp>
#include <sgmoe/core/moments.hpp>
#include <sgmoe/core/solve.hpp>
#include <sgmoe/driver/acceleration.hpp>
