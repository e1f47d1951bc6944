// The few loops over rows that take nearly all of a fit's time, compiled once
// for every instruction set that pays and chosen when the program runs.
//
// All matrices are stored column by column, `stride` numbers from one column to
// the next; columns may begin anywhere in memory, and results do not depend on
// where. Each element of a product, an exponential or a softmax is computed in
// the same way whatever stands beside it, so that rows may come in any blocks.
//
// * "baseline" is what the compiler makes of the target's own instructions: on
//   x86-64 SSE2, without fused multiplications. It gives the same bits on every
//   processor of that kind.
// * "avx2" has four numbers a register and fused multiplications, and differs
//   in the last digits.
//
// (AVX-512 does not pay, see DESIGN.md.) Neither Eigen nor the standard
// library's templates are used in the loops: their inline functions would be
// compiled for several instruction sets under one name, and the linker keeps
// any one of them.
#ifndef SGMOE_KERNELS_HPP
#define SGMOE_KERNELS_HPP

#include "separate.hpp"

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstring>

// Whole registers need a compiler that knows GCC's vectors, and numbers that
// are no wider in registers than in memory; all others take one number at a
// time.
#if (defined(__GNUC__) || defined(__clang__)) &&                               \
    (defined(__x86_64__) || defined(__aarch64__))
#define SGMOE_HAS_PACKS
#endif
#if defined(SGMOE_HAS_PACKS) && defined(__x86_64__)
#define SGMOE_HAS_AVX2
#include <immintrin.h>
#endif

namespace sgmoe {
namespace kernels {

using Size = std::ptrdiff_t;

/// The loops of one instruction set.
struct Set {
  const char *name;

  /// sums += left' right; `sums` has a row for each column of `left`.
  void (*cross)(Size rows, Size left_columns, Size right_columns,
                const double *left, Size left_stride, const double *right,
                Size right_stride, double *sums, Size sums_stride);

  /// For each column w of weights adds the lower triangle of
  /// design' diag(w) design, packed column by column. `buffer` has room for
  /// three columns.
  void (*gram)(Size rows, Size columns, Size weight_columns,
               const double *design, Size design_stride, const double *weights,
               Size weights_stride, double *packed, Size packed_stride,
               double *buffer);

  /// result = left right, `inner` the columns of `left`.
  void (*product)(Size rows, Size inner, Size columns, const double *left,
                  Size left_stride, const double *right, Size right_stride,
                  double *result, Size result_stride);

  /// to = (from - centre) factor
  void (*standardise)(Size rows, const double *from, double centre,
                      double factor, double *to);

  /// Each row of logits becomes probabilities, see softmax.hpp.
  void (*softmax)(Size rows, Size classes, double *logits, Size stride,
                  double *largest, double *sum);

  /// (left_largest + log left_sum) - (right_largest + log right_sum); the
  /// sums must be normal positive numbers or NaN.
  void (*log_ratio)(Size rows, const double *left_largest,
                    const double *left_sum, const double *right_largest,
                    const double *right_sum, double *result);

  /// In place, of any numbers.
  void (*exponential)(Size count, double *values);
  /// In place, of normal positive numbers or NaN.
  void (*logarithm)(Size count, double *values);
};

} // namespace kernels
} // namespace sgmoe

#ifndef SGMOE_ONLY_DECLARED

#define SGMOE_SET baseline
#define SGMOE_TARGET
#ifdef SGMOE_HAS_PACKS
#define SGMOE_WIDTH 2
#else
#define SGMOE_WIDTH 1
#endif
#include "kernel_loops.inc"
#undef SGMOE_SET
#undef SGMOE_TARGET
#undef SGMOE_WIDTH

#ifdef SGMOE_HAS_AVX2
#define SGMOE_SET avx2
#define SGMOE_TARGET __attribute__((target("avx2,fma")))
#define SGMOE_WIDTH 4
#define SGMOE_FUSED
#include "kernel_loops.inc"
#undef SGMOE_FUSED
#undef SGMOE_SET
#undef SGMOE_TARGET
#undef SGMOE_WIDTH
#endif

#endif

namespace sgmoe {
namespace kernels {

/// The best set that this processor has.
const Set &best();

/// The set in use. Change it only while no thread is at work.
const Set &use();

/// Takes the set of that name, "best" the best there is. Answers false where
/// this processor or compiler does not have it.
bool choose(const char *name);

#ifndef SGMOE_ONLY_DECLARED

SGMOE_INLINE const Set &best() {
#ifdef SGMOE_HAS_AVX2
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return avx2::set();
#endif
  return baseline::set();
}

SGMOE_INLINE std::atomic<const Set *> &current() {
  static std::atomic<const Set *> chosen(&best());
  return chosen;
}

SGMOE_INLINE const Set &use() {
  return *current().load(std::memory_order_relaxed);
}

SGMOE_INLINE bool choose(const char *name) {
  const Set *found = nullptr;
  if (std::strcmp(name, "best") == 0 || std::strcmp(name, best().name) == 0)
    found = &best();
  else if (std::strcmp(name, baseline::set().name) == 0)
    found = &baseline::set();
  if (found == nullptr)
    return false;
  current().store(found, std::memory_order_relaxed);
  return true;
}

#endif

} // namespace kernels
} // namespace sgmoe

#endif
