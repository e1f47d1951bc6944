# The front door of streams.

#' Learn a mixture of experts from a stream
#'
#' Fits a mixture of experts to the first rows of a stream, the pilot, and then
#' learns from further rows as they come, each once, in constant memory: the
#' parameters follow from statistics that are updated by stochastic
#' approximation (incremental stochastic minorization–maximization). `update()`
#' learns a chunk of rows, [consume()] a whole source.
#'
#' @section The pilot:
#' The pilot is fitted in batch as [sgmoe()] does by default, with the ridge that
#' its marginal likelihood chooses and weak priors on variances and intercepts.
#' Ridge and priors stay with the stream. The pilot also freezes what the formula
#' means: factor levels, contrasts, spline knots, centres and scales. Levels
#' that a factor declares are part of the model even if the pilot has no row of
#' them, and so are classes of the response; a covariate that is constant or
#' aliased in the pilot is learnt once it varies. A term that depends on other
#' rows than its own, such as `x - mean(x)`, would mean something else in every
#' chunk: it is an error of class `sgmoe_error_row_dependent`.
#'
#' The pilot should have twenty rows for each parameter of one expert with its
#' gate column; fewer are kept until [update()] has brought so many, unless
#' `ridge` is a positive number. A few thousand are better: the pilot decides near which maximum
#' the stream will end.
#'
#' @section How it learns:
#' Minibatch \eqn{n} changes the averaged statistic by
#' \eqn{s_n = (1 - \gamma_n) s_{n-1} + \gamma_n \bar s(\theta_{n-1})}{s_n = (1 - gamma_n) s_(n-1) +
#' gamma_n sbar(theta_(n-1))}, and the
#' parameters \eqn{\theta_n} maximise the surrogate of \eqn{s_n}, as in
#' [sgmoe()]. [stream_control()] says what \eqn{\gamma_n} is and what is
#' reported: by default the mean of all \eqn{\theta_n}, corrected by a Newton
#' step. Rows that do not fill a minibatch wait in the stream, so that the
#' boundaries of chunks change nothing.
#'
#' Incremental EM would maximise the gate's (and the classes') logistic
#' likelihood exactly, which has no statistic of constant size: each M-step
#' would need all rows again. The surrogates' quadratic is that statistic; with
#' Gaussian experts and `gate = ~1`, where every M-step is closed, both are
#' nearly the same.
#'
#' @section Extreme rows:
#' A row whose density under the present mixture is absurdly low, for its
#' response or for its covariates, would draw an expert to it for good. Such rows
#' lose their weight, are counted (`print()`, `summary()` and `plot()` show how
#' many and when) and are scored at the bound beyond which they are extreme, also
#' in the log-likelihood. Ordinary rows keep theirs to the last bit. The bound
#' follows the tail of the densities of the last rows, so that heavy tails are
#' learnt, and so is a new distribution once one in a hundred of the last 3200 rows
#' comes from it; a fault that lasts as long is learnt, too. The argument `cap` of
#' [stream_control()] has the details and turns it off. Rows of the pilot are not
#' capped. What is judged is the density: a covariate far out whose response is
#' plausible there has full weight.
#'
#' @section Learnt, reported, stored:
#' The stream is a list of plain numbers (`state`) with what the formula needs.
#' Its size depends on the model, not on the rows learnt; `saveRDS()` and
#' `readRDS()` continue to the last bit. It is a value: `update()` returns a new
#' stream and leaves the old one as it was.
#'
#' @inheritParams sgmoe
#' @param data A data frame with the first rows of the stream, the pilot. Or a
#'   source of chunks, such as [dbi_source()] makes, or what else
#'   [as_chunk_source()] takes: it is read from its beginning, its first `pilot`
#'   rows are the pilot, and all others are learnt, as by [consume()].
#' @param weights,offset As in [sgmoe()]. An expression in columns of the data
#'   holds for later chunks, too.
#' @param na.action What to do with missing values, in the pilot and in later
#'   chunks: [na.omit()] (the usual default; rows left out are counted) or
#'   [na.fail()].
#' @param start Where the pilot's fit starts, see [sgmoe()].
#' @param control Settings of the stream and its pilot, from [stream_control()].
#' @param pilot Rows of the pilot, if `data` is a source: a positive whole number,
#'   default 5000. Of a data frame all rows are the pilot.
#' @param ... Settings by name, such as `constant = 0.05` or `starts = 2`; they
#'   override those in `control`.
#'
#' @return An object of class `sgmoe_stream`, a list with, among others:
#' \describe{
#'   \item{`state`}{the state of the algorithm, a list of numbers, with `rows`
#'     (learnt after the pilot), `log_likelihood` (of these, each minibatch
#'     scored before it was learnt, on standardised responses) and `extreme`
#'     (number of rows whose influence was capped).}
#'   \item{`pilot`}{how the pilot was fitted: `rows`, `weight`,
#'     `log_likelihood`, `starts`, `ridge`.}
#'   \item{`dropped`}{number of rows left out for missing values.}
#'   \item{`k`, `family`, `responses`, `control`, `call`, `version`, `simd`}{as in
#'     [sgmoe()]; `version` is that of the stored format, and `simd` names all that
#'     its rows were learnt with.}
#' }
#' Experts keep the order that they had after the pilot.
#'
#' Rows too few for a pilot are kept until [update()] has brought enough, and nothing
#' is learnt before: a message of class `sgmoe_message_pilot` says so.
#' @section Errors: Those of [sgmoe()]; and for later chunks
#'   `sgmoe_error_unseen_level`, `sgmoe_error_missing_column`,
#'   `sgmoe_error_wrong_type`, `sgmoe_error_missing_values` and
#'   `sgmoe_error_non_finite`, each naming the culprit.
#' @references
#' Incremental stochastic minorization–maximization algorithms for softmax-gated
#' mixture of experts (2026) \doi{10.48550/arXiv.2601.19811}
#' @seealso [update.sgmoe_stream()], [consume()], [as_sgmoe()],
#'   [predict.sgmoe_stream()], [plot.sgmoe_stream()]
#' @family streams
#' @examples
#' set.seed(1)
#' data <- simulate_moe(3000, k = 2, p = 2)
#' stream <- sgmoe_stream(y ~ ., data[1:500, ], k = 2, starts = 2)
#' stream <- update(stream, data[501:2000, ])
#' stream <- update(stream, data[2001:3000, ])
#' stream
#' predict(stream, data[1:3, ])
#'
#' # All rows of a source
#' sgmoe_stream(y ~ ., frame_source(data, 700), k = 2, pilot = 500, starts = 2)
#' @export
sgmoe_stream <- function(formula, data, k, family = NULL, gate = NULL,
                         covariance = c("full", "diagonal", "spherical"),
                         shared = FALSE, weights, offset, na.action,
                         contrasts = NULL, start = NULL,
                         control = stream_control(), pilot = 5000, ...) {
  call <- rlang::current_env()
  given <- match.call()
  caller <- parent.frame()
  check_dots(
    match.call(expand.dots = FALSE)$..., sgmoe_stream, "sgmoe_stream", TRUE,
    call
  )
  settings <- split_settings(control, list(...), call)
  check_one_epoch(settings$stream$epochs, call)
  check_given(
    missing(formula), missing(k), "sgmoe_stream(y ~ x, data, k = 2)", call
  )
  own <- !missing(data) && !is_chunk_source(data)
  source <- if (!missing(data)) pilot_source(data)
  if (missing(data) || is.null(source) && !is.data.frame(data)) {
    abort("pilot", c(
      "{.arg data} must be a data frame with the first rows of the stream, its
       pilot, or a source of chunks.",
      "x" = if (!missing(data)) "It is of type {kind_of(data)}."
    ), call)
  }
  refuse_idle(
    c(pilot = !missing(pilot) && is.null(source)),
    "It is for sources: all rows of a data frame are the pilot.", call
  )
  pilot <- check_number(pilot, "pilot", 1, TRUE, call, "argument")
  request <- list(
    formula = formula, gate = gate, quoted = row_arguments(given, caller),
    na.action = if (missing(na.action)) getOption("na.action") else na.action,
    contrasts = contrasts,
    model = check_model(
      k, family, if (!missing(covariance)) covariance, shared, call
    ),
    start = start, settings = settings, env = caller,
    call = kept_call(given, "sgmoe_stream", caller)
  )
  if (is.null(source)) {
    stream <- in_memory(
      learn_rest(begin_stream(request, data, call = call), call), call
    )
    if (!is.null(stream$waiting)) {
      inform("pilot", c(
        "!" = "These rows are too few for the first fit of the stream, its pilot:
               nothing is learnt yet.",
        "x" = describe_waiting(stream),
        "i" = "{.fn update} adds rows; a {.arg ridge} makes do with fewer."
      ))
    }
    return(stream)
  }
  if (own) {
    on.exit(close_source(source))
  }
  in_memory(stream_of_source(request, source, pilot, call), call)
}

#' What is no data frame as a source, or NULL if it is none
#' @noRd
pilot_source <- function(data) {
  if (!is.data.frame(data)) {
    tryCatch(as_chunk_source(data), sgmoe_error_source = function(error) NULL)
  }
}

#' @noRd
check_one_epoch <- function(epochs, call = rlang::caller_env()) {
  if (epochs > 1) {
    abort("control", c(
      "A stream learns every row once: {.arg epochs} must be 1.",
      "i" = "{.code sgmoe(method = \"incremental\")} learns data that are at
             hand several times."
    ), call)
  }
}
