// Catch itself and main(); the tests are in the *_test.cpp files.

#include <csignal>

// Catch sizes an array with SIGSTKSZ, which since glibc 2.34 is not constant.
#ifdef SIGSTKSZ
#undef SIGSTKSZ
#define SIGSTKSZ 32768
#endif

#define CATCH_CONFIG_MAIN
#include <catch.h>
