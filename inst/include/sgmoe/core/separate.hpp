// The core is header-only. What is expensive to compile and no template needs
// inline may be compiled once, though: with SGMOE_SEPARATE such functions are
// only declared, and one file that defines SGMOE_BODIES has them all.
#ifndef SGMOE_SEPARATE_HPP
#define SGMOE_SEPARATE_HPP

#ifdef SGMOE_SEPARATE
#define SGMOE_INLINE
#ifndef SGMOE_BODIES
#define SGMOE_ONLY_DECLARED
#endif
#else
#define SGMOE_INLINE inline
#endif

#endif
