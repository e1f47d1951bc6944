# Responses drawn from a fit.

#' Simulate responses from a mixture of experts
#'
#' For each row an expert is drawn by the gate, and the response from that
#' expert's distribution at the covariates.
#'
#' @param object A fit from [sgmoe()], or a stream, with `newdata`.
#' @param nsim Number of responses for each row, a positive whole number.
#'   Default 1.
#' @param seed `NULL`, the default, uses the random numbers as they come; a number
#'   is given to [set.seed()], and the state before is put back.
#' @param newdata A data frame with the covariates (for counts of classes with
#'   the response, too: each row has as many counts as there). `NULL`, the
#'   default, takes the data of the fit, which needs `model = TRUE`.
#' @param ... Anything else is an error.
#' @return A data frame with columns `sim_1`, `sim_2`, ..., a row for each row of
#'   the data, `NA` where the covariates are missing or counts of classes do not
#'   sum to a whole number. A column is like the
#'   response: numbers, counts, a factor with the levels of the data, or for
#'   several responses and counts of classes a matrix. All counts of a row come
#'   from one expert. Its attribute `seed` is the state of the random numbers
#'   before, or the `seed` with their kind, as [stats::simulate()] has it. Case
#'   weights are numbers of rows and do not change what a row's response may be.
#' @section Errors: `sgmoe_error_argument`, `sgmoe_error_no_model`,
#'   `sgmoe_error_memory` for more numbers than there is memory for, and those of
#'   [predict.sgmoe()] for `newdata`.
#' @section DHARMa: `DHARMa::simulateResiduals()` takes fits with one response that has
#'   an order: numbers, counts, two classes or ordered ones. It warns that it does not
#'   know them. See also quantile residuals, [residuals.sgmoe()].
#' @seealso [simulate_moe()] for data with known truth.
#' @family predictions
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' drawn <- simulate(fit, nsim = 200, seed = 2)
#' # How often is a draw below what was observed?
#' hist(rowMeans(drawn < cars$dist))
#' @importFrom stats simulate
#' @export
simulate.sgmoe <- function(object, nsim = 1, seed = NULL, newdata = NULL, ...) {
  check_stored(object)
  call <- rlang::current_env()
  refuse_dots(list(...), "simulate", call)
  nsim <- check_number(nsim, "nsim", 1, TRUE, call, "argument")
  check_seed(seed, call)
  design <- if (is.null(newdata)) {
    fitted_design(object, call)
  } else {
    replay_design(
      object$blueprint, newdata,
      response = family_of(object)$grouped(object$blueprint), call = call
    )
  }
  columns <- if (has_part(object, "classify") &&
    !family_of(object)$grouped(object$blueprint)) {
    1
  } else {
    length(object$responses)
  }
  check_size(
    nsim * nrow(design$x) * columns, "{.arg nsim} responses of each row are", call
  )
  draw <- row_drawer(object, design)
  drawn <- with_seed(seed, lapply(seq_len(nsim), function(i) {
    pad_rows(draw(), design$na_action)
  }))
  columns <- stats::setNames(drawn$value, sprintf("sim_%d", seq_len(nsim)))
  names <- pad_rows(
    stats::setNames(seq_len(nrow(design$x)), as.character(design$row_names)),
    design$na_action
  )
  structure(
    columns,
    class = "data.frame", row.names = names(names), seed = drawn$state
  )
}

#' @rdname simulate.sgmoe
#' @export
simulate.sgmoe_stream <- function(object, nsim = 1, seed = NULL, newdata = NULL,
                                  ...) {
  require_pilot(object)
  require_newdata(newdata, "newdata", "simulate(stream, newdata = newdata)")
  simulate.sgmoe(stream_fit(object), nsim, seed, newdata, ...)
}

#' A function that draws a response for each row of a design, NA where the model
#' says nothing
#' @noRd
row_drawer <- function(fit, design) {
  rows <- evaluate_rows(fit, design, c("gate", "expert"))
  known <- is.finite(rowSums(rows$gate)) & is.finite(rowSums(rows$means))
  if (!is.null(design$y)) {
    known <- known & !is.na(rowSums(design$y))
  }
  at <- list(
    y = design$y[known, , drop = FALSE], gate = rows$gate[known, , drop = FALSE],
    means = rows$means[known, , , drop = FALSE],
    parameters = fit$parameters, spec = fit$spec, blueprint = fit$blueprint
  )
  place <- rep(NA_integer_, length(known))
  place[known] <- seq_len(sum(known))
  draw <- family_of(fit)$draw
  function() {
    values <- draw(draw_columns(at$gate), at)
    if (!is.matrix(values)) {
      values[place]
    } else if (ncol(values) == 1L) {
      values[place, 1L]
    } else {
      values[place, , drop = FALSE]
    }
  }
}

# DHARMa asks for fitted values without random effects, which predict() here has
# no argument for.
#' @exportS3Method DHARMa::getFitted
getFitted.sgmoe <- function(object, ...) {
  fitted.sgmoe(object)
}

#' Draws as numbers of the classes, from zero, as DHARMa has what was observed
#'
#' @param object,nsim,type,... As DHARMa has them.
#' @noRd
#' @exportS3Method DHARMa::getSimulations
getSimulations.sgmoe <- function(object, nsim = 1, type = "normal", ...) {
  drawn <- simulate.sgmoe(object, nsim = nsim)
  if (is.matrix(drawn[[1L]])) {
    abort("unsupported", c(
      "{.fn DHARMa::simulateResiduals} is for models of one response.",
      "i" = "{.code residuals(fit, type = \"quantile\")} has a column for each."
    ))
  }
  classes <- is.factor(drawn[[1L]])
  if (classes && nlevels(drawn[[1L]]) > 2L && !is.ordered(drawn[[1L]])) {
    refuse_part(family_of(object), "quantile", "{.fn DHARMa::simulateResiduals}")
  }
  if (type == "refit") drawn else data.matrix(drawn) - classes
}
