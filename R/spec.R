# What a model is: the object that fits, streams, trees and problems hold, and
# what follows from it.

covariance_structures <- c("full", "diagonal", "spherical")

#' What a model is
#'
#' @param family The name of the experts' family.
#' @param k Number of experts.
#' @param responses Names of the responses, or the classes.
#' @param columns list(gate, expert): the names of all columns of both designs.
#' @param aliased list(gate, expert): which of them have no coefficient.
#' @param basis list(gate, expert, response): the working basis, without aliased
#'   columns (R/spec-basis.R).
#' @param same Do gate and experts have the same design?
#' @param covariance,shared Structure of the experts' covariance; `NULL` and
#'   `FALSE` for families without one.
#' @param ridge,variance_floor As in sgmoe_control(), the ridge a number.
#' @return A moe_spec. Its `prior` is what the objective has beside the
#'   log-likelihood, if that is more than one ridge (R/fit-prior.R), or `NULL`;
#'   `ridge` is then its largest.
#' @noRd
new_spec <- function(family, k, responses, columns, aliased, basis, same,
                     covariance = NULL, shared = FALSE, ridge = 0,
                     variance_floor = 1e-6) {
  spec <- structure(list(
    family = family, k = as.double(k), covariance = covariance, shared = shared,
    responses = responses, columns = columns, aliased = aliased, basis = basis,
    same = same, ridge = ridge, variance_floor = variance_floor, prior = NULL
  ), class = "moe_spec")
  check_spec(spec)
}

#' A spec whose parts do not fit is a defect of the package
#' @noRd
check_spec <- function(spec) {
  parts <- c("gate", "expert")
  stopifnot(
    spec$family %in% names(families), spec$k >= 1,
    length(spec$basis$response$scale) == length(spec$responses),
    lengths(spec$aliased[parts]) == lengths(spec$columns[parts]),
    vapply(parts, n_columns, 0L, spec = spec) ==
      vapply(spec$basis[parts], function(part) length(part$scale), 0L)
  )
  spec
}

#' Number of columns with a coefficient, of a part
#' @noRd
n_columns <- function(spec, part) {
  sum(!spec$aliased[[part]])
}

#' Their names
#' @noRd
used_columns <- function(spec, part) {
  spec$columns[[part]][!spec$aliased[[part]]]
}

#' A model like this with k experts; of a fit, problem or stream, with its spec
#' @noRd
with_experts <- function(x, k) {
  if (!is.null(x$spec)) {
    x$spec <- with_experts(x$spec, k)
  } else {
    x$k <- as.double(k) # as in sgmoe()
  }
  x
}

#' @noRd
count_parameters <- function(spec) {
  (spec$k - 1) * n_columns(spec, "gate") +
    family_of(spec)$n_par(n_columns(spec, "expert"), spec)
}

#' @noRd
expert_names <- function(spec) {
  sprintf("expert%d", seq_len(spec$k))
}

#' Names of the coefficients, in their order
#'
#' `gate2:x1`; `expert1:x1`, or with a name of the linear predictor in brackets,
#' `expert1[y2]:x1`; `expert1:(sigma)`, `(sigma)` where it is shared.
#' @return list(gate, expert, scale)
#' @noRd
spec_labels <- function(spec) {
  family <- family_of(spec)
  experts <- expert_names(spec)
  owners <- cross_names(experts, predictor_brackets(spec))
  list(
    gate = cross_names(
      sprintf("gate%d:", seq_len(spec$k)[-1L]), spec$columns$gate
    ),
    expert = cross_names(paste0(owners, ":"), spec$columns$expert),
    scale = cross_names(
      if (spec$shared) "" else paste0(experts, ":"), family$scales(spec)
    )
  )
}

#' "[y1]", "[y2]" behind an expert's name; "" for a predictor without a name
#' @noRd
predictor_brackets <- function(spec) {
  predictors <- family_of(spec)$predictors(spec)
  if (is.null(predictors)) "" else paste0("[", predictors, "]")
}

#' All "first second", the second running fastest
#' @noRd
cross_names <- function(first, second) {
  if (length(first) == 0L) {
    return(character())
  }
  paste0(rep(first, each = length(second)), second)
}

#' What the core takes as model
#'
#' A search for starts asks for the same spec a thousand times, a stream for every
#' row: identical() answers at once for what is the same memory.
#' @noRd
spec_model <- function(spec) {
  if (!identical(spec, modelled$spec)) {
    modelled$model <- new_model(spec)
    modelled$spec <- spec
  }
  modelled$model
}

#' The spec that spec_model() was last asked for, and its model
#' @noRd
modelled <- new.env()

#' @noRd
new_model <- function(spec) {
  model <- list(
    family = spec$family, experts = spec$k, responses = length(spec$responses),
    gate_penalty = column_penalty(spec$basis$gate, spec$ridge),
    expert_penalty = column_penalty(spec$basis$expert, spec$ridge),
    covariance = spec$covariance, shared = spec$shared,
    # One expert cannot collapse onto a few rows; its floor only keeps the
    # computation finite, so that a very close fit equals that of lm().
    variance_floor = if (spec$k == 1) {
      min(spec$variance_floor, 1e-14)
    } else {
      spec$variance_floor
    }
  )
  with_prior(model, spec$basis, spec$prior)
}

#' The penalty of each column; an intercept, the first, has none
#' @noRd
column_penalty <- function(part, ridge) {
  penalty <- rep(ridge, length(part$scale))
  penalty[part$intercept * seq_along(penalty) == 1L] <- 0
  penalty
}

ridge_groups <- c("gate", "expert")

#' A model of the core with a prior in place of the ridge it has
#' @noRd
with_prior <- function(model, basis, prior) {
  if (is.null(prior)) {
    return(model)
  }
  for (group in ridge_groups) {
    model[[paste0(group, "_penalty")]] <-
      column_penalty(basis[[group]], prior$ridge[[group]])
  }
  utils::modifyList(model, prior[names(prior) != "ridge"])
}
