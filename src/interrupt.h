// Does the user want to stop?
#ifndef SGMOE_INTERRUPT_H
#define SGMOE_INTERRUPT_H

#include <R_ext/Utils.h>
#include <Rinternals.h>

// R's own check for a pending interrupt jumps out of C++; run at top level it
// only answers whether there was one.
inline void check_interrupt(void *) { R_CheckUserInterrupt(); }
inline bool keep_going() {
  return R_ToplevelExec(check_interrupt, nullptr) == TRUE;
}

#endif
