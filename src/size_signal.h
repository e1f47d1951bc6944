// Writes beyond the user's limit of a file's size fail, in place of killing the
// process.
#ifndef SGMOE_SIZE_SIGNAL_H
#define SGMOE_SIZE_SIGNAL_H

#include <csignal>

class NoSizeSignal {
public:
#ifdef SIGXFSZ
  NoSizeSignal() : before_(std::signal(SIGXFSZ, SIG_IGN)) {}
  ~NoSizeSignal() { std::signal(SIGXFSZ, before_); }

private:
  void (*before_)(int);
#else
  NoSizeSignal() {} // not trivial, so that an unused one is no warning
#endif
};

#endif
