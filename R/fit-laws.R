# The distributions that a fit predicts, as laws (R/family-mixture.R).

#' The laws of the responses in the rows of a design, a list
#' @noRd
response_laws <- function(fit, design) {
  rows <- evaluate_rows(fit, design, c("gate", "expert"))
  own <- family_of(fit)$distribution
  lapply(seq_along(fit$spec$responses), function(response) {
    mixture_law(own, rows, fit$parameters, fit$spec, response)
  })
}
