# The front door of cross-validation: number of experts and ridge together.

#' Choose number of experts and ridge by cross-validation
#'
#' Fits every number of experts with every ridge on the training rows of every
#' fold, scores the predictions of the rows held out, and fits all the data with
#' the pair that predicts best.
#'
#' @details
#' The default score is the log score: the mean over rows of the log-density, or
#' log-probability, that the fit of the other folds gives to the response. It is
#' what to choose by if the whole distribution matters; the others are for means
#' and classes.
#'
#' In every fold and for every number of experts the ridges are fitted from the
#' strongest to the weakest. Each fit begins at the one before and at two more
#' starts, and the better of them is scored. These searches are shorter than
#' those of [sgmoe()], and so cheap that a table of five folds, seven ridges and
#' up to five experts takes about as long as some twenty default fits (`bench/tuning.R`),
#' most of it for many experts at weak ridges: with thousands of rows and some dozen
#' columns these are minutes, and `k = 1:3` or `ridge = c("auto", 1, 10)` take a
#' fraction.
#' The fit that is returned is searched for in full.
#'
#' Classes are spread evenly over the folds. The formula is evaluated once:
#' columns that are computed from several rows, such as those of splines or
#' [scale()], are computed from all of them, as in most software. Whatever looks
#' at the response, the scales of columns included, sees training rows only.
#'
#' The smallest mean of a table is an optimistic estimate of the error to come,
#' because it was chosen among many. `one_se = TRUE` takes the simplest model
#' whose mean is within a standard error of the best: the fewest experts, and
#' with these the strongest ridge (Breiman et al., 1984).
#'
#' @section Parallel:
#' If the package future.apply is installed and a plan other than sequential is
#' set, such as `future::plan("multisession")`, folds and numbers of experts are
#' fitted side by side. Every one of these fits has a seed of its own, drawn
#' before: after `set.seed()` results are the same for any number of workers.
#'
#' @param formula,data As for [sgmoe()].
#' @param k Numbers of experts to try, positive whole numbers; 1 to 5 by default.
#' @param ridge Ridges to try: numbers from 0, and `"auto"`, the one that the
#'   evidence chooses in each fold (none for one expert), see [sgmoe_control()].
#'   `NULL`, the default, is `c("auto", 0.01, 0.1, 0.3, 1, 3, 10)`. It goes before
#'   a `ridge` in `control`.
#' @param folds Number of folds, from 2 to the number of rows (or groups), 5 by
#'   default; or instead a vector with a label for each row of the data, or each
#'   row used: rows of the same label are held out together.
#' @param repeats How often the rows are divided anew, a positive whole number, 1
#'   by default. The scores of a row are averaged.
#' @param group What rows belong together, such as persons who were measured
#'   several times: a vector with a value for each row of the data, evaluated in
#'   `data`. Rows of one group are held out together, and count as one observation
#'   for standard errors. `NULL`, the default: every row is for itself.
#' @param score What to choose by:
#'   - `"log"` (the default), the mean held-out log-likelihood of a row: larger is
#'     better;
#'   - `"rmse"`, the root of the mean squared error of predicted means, in units of
#'     the response (of several responses, squared errors are added up);
#'   - `"crps"`, the mean continuous ranked probability score, in the units of the
#'     response (of several responses, the sum), for Gaussian and Poisson experts;
#'   - `"accuracy"`, the share of right classes: larger is better;
#'   - `"brier"`, the Brier score of class probabilities, from 0 to 2.
#' @param one_se Take the simplest model within a standard error of the best?
#'   `FALSE` by default.
#' @param control Settings of the algorithm, from [sgmoe_control()].
#' @param ... Settings of the algorithm by name, such as `starts = 20`; they
#'   override those in `control`. Also the other arguments of [sgmoe()], such as
#'   `gate` or `weights`, except `start`, `method` and `epochs`. Weights are case
#'   weights in the scores, too.
#' @param x A result of `tune_experts()`.
#' @param digits Significant digits to print.
#' @return A fit of all the data: an object of class `c("sgmoe_tuning", "sgmoe")`.
#'   All methods of fits work on it; `print()` and `plot()` show the scores,
#'   `tidy()` gives the table, and [as_sgmoe()] the plain fit. Beside the fields of
#'   a fit, see [sgmoe()], it has
#' \describe{
#'   \item{`table`}{a data frame, a row for each number of experts and ridge: `k`;
#'     `ridge`, as it was given, a character; `value`, the ridge as a number, for
#'     `"auto"` the geometric mean over folds; `score`, the mean; `se`, its
#'     standard error, from the variance of rows (or groups); and `failed`, the
#'     number of folds that could not be fitted, for instance because they had too
#'     few distinct rows. Such a pair is chosen only if there is no other.}
#'   \item{`best`}{the row of `table` that was chosen.}
#'   \item{`score`, `folds`, `repeats`, `one_se`}{how.}
#' }
#' @section Errors: Those of [sgmoe()]; `sgmoe_error_argument` for bad folds,
#'   groups or ridges, `sgmoe_error_unsupported` for a score that is not for these
#'   experts, `sgmoe_error_no_score` if nothing could be fitted.
#' @references
#' Breiman, L., Friedman, J. H., Olshen, R. A. and Stone, C. J. (1984)
#' *Classification and Regression Trees*. Wadsworth.
#'
#' Gneiting, T. and Raftery, A. E. (2007) Strictly proper scoring rules,
#' prediction, and estimation. *Journal of the American Statistical Association*,
#' 102, 359–378.
#'
#' Stone, M. (1974) Cross-validatory choice and assessment of statistical
#' predictions. *Journal of the Royal Statistical Society B*, 36, 111–147.
#' @seealso [select_experts()], which needs no folds; [sgmoe_control()] for
#'   `ridge = "cv"`, with the number of experts given.
#' @family numbers of experts
#' @examples
#' set.seed(1)
#' tuned <- tune_experts(waiting ~ eruptions, faithful,
#'   k = 1:2, ridge = c("auto", 0.1, 1), starts = 2
#' )
#' tuned
#' plot(tuned)
#' predict(tuned, data.frame(eruptions = c(2, 4)))
#' @order 1
#' @export
tune_experts <- function(formula, data, k = 1:5, ridge = NULL, folds = 5,
                         repeats = 1, group = NULL,
                         score = c("log", "rmse", "accuracy", "brier", "crps"),
                         one_se = FALSE, control = sgmoe_control(), ...) {
  call <- rlang::current_env()
  given <- match.call()
  caller <- parent.frame()
  check_given(missing(formula), FALSE, "tune_experts(y ~ x, data)", call)
  check_tuning_names(as.list(given)[-1L], call)
  asked <- check_asked(k, ridge, score, call)
  repeats <- check_number(repeats, "repeats", 1, TRUE, call, "argument")
  one_se <- check_flag(one_se, "one_se", call, "argument")
  request <- selection_request(
    formula, if (!missing(data)) data, control, ...,
    given = given, env = caller, call = call
  )
  refuse_chunks(request$data, call)
  group <- find_group(locate_argument(given$group, caller), request$data, call)
  fit_call <- given[setdiff(names(given), names(formals(tune_experts))[3:9])]
  tuning_call <- kept_call(given, "tune_experts", caller)
  in_memory(
    {
      design <- request_design(request, call)
      asked$score$refuse(design$blueprint, call)
      check_size(
        repeats * nrow(design$y), "{.arg repeats} have, as folds of each row,", call
      )
      divided <- settle_folds(folds, repeats, group, design, call)
      wanted <- settle_model(request$model, design$blueprint, call)
      tuned <- tune(
        design, wanted, asked, divided, request$control, request$method, one_se,
        call
      )
      request$model$k <- fit_call$k <- as.double(tuned$best$k)
      request$control$ridge <- fit_call$ridge <- tuned$ridge
      fit <- fit_requested(
        request, kept_call(fit_call, "sgmoe", caller), call, design
      )
      new_tuning(fit, tuned, tuning_call)
    },
    call
  )
}

#' @noRd
check_tuning_names <- function(given, call = rlang::caller_env()) {
  unfit <- c("method", "epochs", "start")
  found <- intersect(names(given), unfit)
  if (length(found)) {
    abort("argument", c(
      "{.fn tune_experts} has no argument {.or {.arg {found}}}.",
      "i" = "It fits in batch, from starts of its own."
    ), call)
  }
  known <- c(
    argument_names(tune_experts), argument_names(sgmoe),
    argument_names(sgmoe_control)
  )
  refuse_unknown(given, setdiff(unique(known), unfit), "tune_experts", call)
}

#' What is to be tried, checked: list(k, ridge, score, score_name)
#' @noRd
check_asked <- function(k, ridge, score, call = rlang::caller_env()) {
  if (!is.numeric(k) || !length(k) || !all(is.finite(k)) ||
    any(k < 1 | k != round(k))) {
    abort("k", c(
      "{.arg k} must hold whole numbers of experts, at least 1.",
      "x" = "It is {describe_value(k)}."
    ), call)
  }
  score <- check_choice(
    score, "score", names(tuning_scores), call, "argument"
  )
  list(
    k = sort(unique(as.integer(k))), ridge = check_ridges(ridge, call),
    score = tuning_scores[[score]], score_name = score
  )
}

#' Ridges as a list of "auto" and numbers; NULL is the default
#' @noRd
check_ridges <- function(ridge, call = rlang::caller_env()) {
  if (is.null(ridge)) {
    return(default_ridges)
  }
  words <- if (is.list(ridge) || is.numeric(ridge) || is.character(ridge)) {
    unique(vapply(ridge, function(one) as.character(one)[1L], ""))
  }
  number <- suppressWarnings(as.double(words))
  auto <- words %in% "auto"
  if (!length(words) || !all(auto | is.finite(number) & number >= 0)) {
    abort("argument", c(
      "{.arg ridge} must hold numbers of at least 0, or {.val auto}.",
      "x" = "It is {describe_value(ridge)}.",
      "i" = "For instance {.code ridge = c(\"auto\", 0.1, 1)}."
    ), call)
  }
  lapply(seq_along(words), function(i) {
    if (auto[[i]]) "auto" else number[[i]]
  })
}

#' The groups of rows, evaluated in the data
#'
#' @param argument What locate_argument() gives.
#' @noRd
find_group <- function(argument, data, call = rlang::caller_env()) {
  tryCatch(
    argument$value %||% eval(
      argument$expression, if (is.list(data) || is.environment(data)) data,
      argument$env
    ),
    error = function(error) {
      abort("argument", c(
        "{.arg group} cannot be evaluated in the data.",
        "x" = "{conditionMessage(error)}"
      ), call)
    }
  )
}

#' A fit, and how its number of experts and its ridge were chosen
#'
#' `sgmoe_call` is the call of the fit itself.
#'
#' @param tuned What tune() gives.
#' @noRd
new_tuning <- function(fit, tuned, call) {
  own <- tuned[c("table", "best", "score", "folds", "repeats", "one_se")]
  own$sgmoe_call <- fit$call
  fit$call <- call
  structure(c(unclass(fit), own), class = c("sgmoe_tuning", "sgmoe"))
}
