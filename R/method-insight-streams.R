# What the package insight asks of a stream, and of fits and streams alike.

#' @rdname insight-methods
#' @exportS3Method insight::get_df sgmoe
get_df.sgmoe <- function(x, type = "residual", verbose = TRUE, ...) {
  type <- check_choice(
    type, "type", c("residual", "model", "normal", "wald"),
    what = "argument"
  )
  switch(type,
    residual = stats::df.residual(x),
    model = reported_size(x),
    Inf
  )
}

#' @rdname insight-methods
#' @exportS3Method insight::get_loglikelihood sgmoe
get_loglikelihood.sgmoe <- function(x, ...) {
  stats::logLik(x)
}

#' @rdname insight-methods
#' @exportS3Method insight::loglikelihood sgmoe
loglikelihood.sgmoe <- get_loglikelihood.sgmoe

#' @rdname insight-methods
#' @exportS3Method insight::is_converged sgmoe
is_converged.sgmoe <- function(x, ...) {
  check_stored(x)
  x$converged
}

#' @rdname insight-methods
#' @exportS3Method insight::link_function sgmoe
link_function.sgmoe <- function(x, ...) {
  stats::make.link(family_of(x)$glm[[1L]])$linkfun
}

#' @rdname insight-methods
#' @exportS3Method insight::link_function sgmoe_stream
link_function.sgmoe_stream <- function(x, ...) {
  link_function.sgmoe(reported_fit(x))
}

#' @rdname insight-methods
#' @exportS3Method insight::link_inverse sgmoe_stream
link_inverse.sgmoe_stream <- function(x, ...) {
  link_inverse.sgmoe(reported_fit(x))
}

#' @rdname insight-methods
#' @exportS3Method insight::find_predictors sgmoe_stream
find_predictors.sgmoe_stream <- function(x, flatten = FALSE, verbose = TRUE, ...) {
  find_predictors.sgmoe(reported_fit(x), flatten)
}

# Of streams -------------------------------------------------------------------

#' @rdname insight-methods
#' @exportS3Method insight::get_varcov sgmoe_stream
get_varcov.sgmoe_stream <- function(x, component = "all", verbose = TRUE, ...) {
  get_varcov.sgmoe(as_sgmoe(x), component)
}

#' @rdname insight-methods
#' @exportS3Method insight::get_statistic sgmoe_stream
get_statistic.sgmoe_stream <- function(x, component = "all", ...) {
  get_statistic.sgmoe(as_sgmoe(x), component)
}

#' @rdname insight-methods
#' @exportS3Method insight::find_formula sgmoe_stream
find_formula.sgmoe_stream <- function(x, verbose = TRUE, ...) {
  find_formula.sgmoe(reported_fit(x))
}

#' @rdname insight-methods
#' @exportS3Method insight::get_parameters sgmoe_stream
get_parameters.sgmoe_stream <- function(x, component = "all", ...) {
  get_parameters.sgmoe(reported_fit(x), component)
}

#' @rdname insight-methods
#' @exportS3Method insight::get_df sgmoe_stream
get_df.sgmoe_stream <- get_df.sgmoe

#' @rdname insight-methods
#' @exportS3Method insight::get_loglikelihood sgmoe_stream
get_loglikelihood.sgmoe_stream <- get_loglikelihood.sgmoe

#' @rdname insight-methods
#' @exportS3Method insight::loglikelihood sgmoe_stream
loglikelihood.sgmoe_stream <- get_loglikelihood.sgmoe

#' @rdname insight-methods
#' @exportS3Method insight::is_converged sgmoe_stream
is_converged.sgmoe_stream <- function(x, ...) {
  require_pilot(x)
  NA # it goes on as long as rows come
}

#' The number of parameters of a fit or a stream
#' @noRd
reported_size <- function(x) {
  if (inherits(x, "sgmoe")) x$df else reported_fit(x)$df
}
