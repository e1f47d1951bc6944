# The distributions that a fit predicts, as mixtures (R/family-mixture.R).

#' The distributions of the responses in the rows of a design, a list
#' @noRd
response_distributions <- function(fit, design) {
  rows <- evaluate_rows(fit, design, c("gate", "expert"))
  own <- family_of(fit)$distribution
  lapply(seq_along(fit$spec$responses), function(response) {
    mixture_distribution(own, rows, fit$parameters, fit$spec, response)
  })
}
