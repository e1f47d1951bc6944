// Catch itself and main(); the tests are in the *_test.cpp files. They run on
// the instruction set that the environment variable SGMOE_SIMD names.

#include <csignal>

// Catch sizes an array with SIGSTKSZ, which since glibc 2.34 is not constant.
#ifdef SIGSTKSZ
#undef SIGSTKSZ
#define SIGSTKSZ 32768
#endif

#define CATCH_CONFIG_RUNNER
#include <catch.h>

#define SGMOE_ONLY_DECLARED
#include <sgmoe/core/kernels.hpp>

#include <cstdlib>
#include <iostream>

int main(int count, char *arguments[]) {
  const char *const simd = std::getenv("SGMOE_SIMD");
  if (simd != nullptr && *simd != '\0' && !sgmoe::kernels::choose(simd)) {
    std::cerr << "SGMOE_SIMD: this machine has no " << simd << "\n";
    return 1;
  }
  return Catch::Session().run(count, arguments);
}
