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
