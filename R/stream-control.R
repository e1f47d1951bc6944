# How a stream learns: the settings, checked where they are given.

#' Settings of a stream
#'
#' Gathers the settings of [sgmoe_stream()] and of
#' `sgmoe(method = "incremental")`, with those of the pilot's fit. The defaults
#' need no tuning; a stream whose distribution changes over time needs `constant`.
#'
#' @param exponent The step size of minibatch \eqn{n} is
#'   \eqn{\gamma_n = (n + \mathrm{delay})^{-\mathrm{exponent}}}{gamma_n =
#'   (n + delay)^(-exponent)}; a number above
#'   0.5, at most 1. Default 0.65. Smaller values forget the pilot sooner and
#'   average over shorter windows, so that experts that overlap or have noise with
#'   heavy tails come to their places sooner, at the price of some noise. With 1
#'   nothing is forgotten.
#' @param delay In minibatches, not negative. `NULL`, the default, chooses it so
#'   that the first window, minibatch / step size, is as long as the pilot.
#' @param constant A constant step size, for streams whose distribution drifts: a
#'   number
#'   above 0 and below 1. What was learnt fades over a window of
#'   `minibatch / constant` rows; with the default minibatch, 0.05 gives a
#'   window of 1280 rows. It takes several windows to settle after a change;
#'   an abrupt one, noticed by predictions that are suddenly bad, makes
#'   the stream forget most of what it knew. `NULL`, the default, has decreasing
#'   steps.
#' @param curvature As in [sgmoe_control()]: `"fisher"` (the default) carries the
#'   information matrices of the logit blocks as part of the statistic;
#'   `"bound"` is the algorithm of the paper, which forgets its start more
#'   slowly.
#' @param ridge `"auto"` (the default) or a number from 0. `"auto"` chooses the ridge
#'   of two or more experts on the pilot, as [sgmoe_control()] does; one expert gets
#'   none. The stream then keeps it, but no more than 10, and so it keeps a number.
#'   Ridge and weak priors are on the sum over all rows learnt, or under a `constant`
#'   step over those in the window: they count as many rows as in the pilot, and
#'   what they do vanishes as rows come. `ridge = 0` is maximum likelihood (the pilot
#'   alone has 0.1, so that it does not separate by chance).
#' @param minibatch Rows that are learnt together, a positive whole number. The
#'   default 64 is a compromise: single rows learn no better (the bench shows
#'   it) and cost ten times as much.
#' @param average What a stream reports (its iterates carry the noise of their
#'   window):
#'   - `"newton"` (the default): the mean of all iterates and from there one
#'     Newton step, with the observed information of the whole mixture, which
#'     is estimated by the outer products of the scores of single rows. It
#'     catches up where the iterates lag. The step is reported only while it
#'     predicts rows not yet learnt as well as `"tail"` and `"none"` do; else
#'     the better of these two is. Where it predicts them clearly better, the
#'     iterates go on from there. Models of more than 500 parameters, or
#'     with a number above 10 as `ridge`, have `"tail"`.
#'   - `"tail"`: the mean of the iterates, weighted by their number;
#'   - `"polyak"`: the plain mean (Polyak and Ruppert);
#'   - `"none"`: the last iterate.
#'
#'   Under a `constant` step, means are over the same window.
#' @param update_every Minibatches between two updates of the parameters, a positive
#'   whole number; the statistic learns from every minibatch. `NULL`, the default,
#'   is 1 on designs of up to 16 columns. On wider ones an update costs more than what
#'   it learns from, and where steps are small those of several minibatches come to
#'   the same: it is then the largest power of two that is at most 0.1 / step size, and
#'   at most 24 rows for each column.
#' @param revive If an expert has lost nearly all weight: restart it on the
#'   hardest of the recent rows? `FALSE` by default, which only reports it.
#' @param cap Bound the influence of extreme rows on a stream? `TRUE` by default.
#'   A row is extreme if its density under the present mixture is lower than one
#'   row in 100000 is expected to have, as the tail of the densities of the
#'   last 3200 rows goes (never less than 50 nats, ten standard deviations, below
#'   their centre; about 15 standard deviations for normal noise, 60 for t
#'   noise with three degrees of freedom). Its weight goes to zero, it is
#'   counted, and scored at that bound. Where such rows become more than one in
#'   a hundred of the last rows they are not accidents, and are learnt: a change
#'   of distribution lifts the cap within a minibatch or two. Rows of the pilot whose
#'   response is over a hundred interquartile ranges from the median (one in 200 at
#'   most) are not fitted, but learnt after the pilot; a message of class
#'   `sgmoe_message_far_rows` names them. `FALSE` learns every row
#'   with full weight, as `sgmoe(method = "incremental")` always does.
#' @param threads Number of threads, 1 by default. More than one help only with
#'   minibatches of some thousand rows. Results are the same, to the last bit.
#' @param epochs Passes over the data of `sgmoe(method = "incremental")`, a
#'   positive whole number, 1 by default. A stream learns every row once.
#' @param ... Settings of the pilot's fit from [sgmoe_control()], such as
#'   `starts`. `curvature`, `ridge` and `threads` are for both.
#' @return A list of class `sgmoe_stream_control` with one element for each
#'   argument, those of `...` in `pilot`. A setting out of range raises an error
#'   of class `sgmoe_error_control`.
#' @references
#' Polyak, B. T. and Juditsky, A. B. (1992) Acceleration of stochastic
#' approximation by averaging. *SIAM Journal on Control and Optimization*, 30,
#' 838–855.
#'
#' Hennig, C. and Coretti, P. (2016) Robust improper maximum likelihood: tuning,
#' computation, and a comparison with other methods for robust Gaussian
#' clustering. *Journal of the American Statistical Association*, 111, 1648–1659.
#'
#' Weissman, I. (1978) Estimation of parameters and large quantiles based on the
#' k largest observations. *Journal of the American Statistical Association*, 73,
#' 812–815.
#' @seealso [sgmoe_stream()]
#' @family streams
#' @examples
#' stream_control()
#' # For a distribution that drifts: a window of 1280 rows
#' stream_control(constant = 0.05)
#' @export
stream_control <- function(exponent = 0.65, delay = NULL, constant = NULL,
                           curvature = c("fisher", "bound"), ridge = "auto",
                           minibatch = 64,
                           average = c("newton", "tail", "polyak", "none"),
                           update_every = NULL, revive = FALSE, cap = TRUE,
                           threads = 1,
                           epochs = 1, ...) {
  pilot <- list(...)
  refuse_unknown(pilot, stream_settings(), "stream_control")
  do.call("sgmoe_control", pilot) # are they in range?
  exponent <- check_number(exponent, "exponent", 0, most = 1)
  if (exponent <= 0.5) {
    abort("control", c(
      "{.arg exponent} must be above 0.5, and at most 1.",
      "x" = "It is {exponent}.",
      "i" = "With 0.5 or less the step sizes are too large to converge."
    ))
  }
  if (!is.null(constant)) {
    constant <- check_number(constant, "constant", 0, most = 1)
    if (constant == 0 || constant == 1) {
      abort("control", c(
        "{.arg constant} must be between 0 and 1.",
        "x" = "It is {constant}.",
        "i" = "The window is {.code minibatch / constant} rows long."
      ))
    }
  }
  structure(list(
    exponent = exponent,
    delay = if (!is.null(delay)) check_number(delay, "delay", 0),
    constant = constant,
    curvature = check_choice(curvature, "curvature", c("fisher", "bound")),
    ridge = check_ridge(ridge, "auto"),
    minibatch = check_number(minibatch, "minibatch", 1, whole = TRUE),
    average = check_choice(
      average, "average", c("newton", "tail", "polyak", "none")
    ),
    update_every = if (!is.null(update_every)) {
      check_number(update_every, "update_every", 1, whole = TRUE)
    },
    revive = check_flag(revive, "revive"),
    cap = check_flag(cap, "cap"),
    threads = check_number(threads, "threads", 1, whole = TRUE),
    epochs = check_number(epochs, "epochs", 1, whole = TRUE),
    pilot = pilot
  ), class = "sgmoe_stream_control")
}

#' The names of all settings of a stream and its pilot
#' @noRd
stream_settings <- function() {
  union(argument_names(stream_control), argument_names(sgmoe_control))
}

#' The settings as the core takes them
#' @noRd
core_stream_control <- function(control) {
  settings <- unclass(control)[setdiff(names(control), c("epochs", "pilot"))]
  settings$delay <- control$delay %||% -1
  settings$constant <- control$constant %||% 0
  settings$update_every <- control$update_every %||% 0
  settings
}
