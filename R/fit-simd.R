# Which instructions of the processor the core runs on: options(sgmoe.simd = ).

#' Refuse an option that is no instruction set of this machine
#' @noRd
check_simd <- function(call = rlang::caller_env()) {
  simd <- getOption("sgmoe.simd")
  if (!is.null(simd)) {
    known <- unique(c("best", "baseline", core_simd()[["best"]]))
    check_choice(simd, "options(sgmoe.simd)", known, call, "option")
  }
}

#' What the option asks for: the name of an instruction set
#'
#' (The core itself knows only what its last computation took.)
#' @noRd
simd_in_use <- function() {
  simd <- getOption("sgmoe.simd", "best")
  if (simd == "best") core_simd()[["best"]] else simd
}

#' Do work as a session with this option would: workers have options of their own
#'
#' @param simd What options(sgmoe.simd = ) has there.
#' @param work An expression.
#' @noRd
with_simd <- function(simd, work) {
  before <- options(sgmoe.simd = simd)
  on.exit(options(before))
  work
}
