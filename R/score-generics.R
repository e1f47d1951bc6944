# Generics of scores. They have a file of their own since `calibration` is an
# argument of predict(), too.

#' Calibration of class probabilities
#'
#' A model is calibrated if of all observations that are given a probability of
#' 0.7, seven in ten turn out so. `calibration()` sorts observations into bins
#' by predicted probability and compares, in each, the mean prediction with the
#' observed frequency; `plot()` draws the reliability diagram.
#'
#' @details
#' The expected calibration error is the mean over bins of the absolute
#' difference between mean prediction and observed frequency, weighted by the
#' observations in the bin (Guo et al., 2017). On the data that a model was
#' fitted to it is too small; give new data as `newdata`.
#'
#' @param object A fit from [sgmoe()] (or a stream, with `newdata`) with classes
#'   as its response, or the class probabilities of another model: a matrix with
#'   a row for each observation and the classes as column names (for two classes,
#'   a vector with the probability of the second).
#' @param truth The observed classes, if `object` is a matrix of probabilities.
#' @param newdata A data frame with covariates and response, or a source of chunks
#'   ([as_chunk_source()]). Without it, the
#'   data of the fit are used, which needs `model = TRUE`.
#' @param class Name of the class of which to look at the predicted probability.
#'   `NULL`, the default, looks at the most probable class of each observation:
#'   its probability (the confidence) against how often it is right (accuracy).
#' @param bins Number of bins of equal width between 0 and 1, a positive whole
#'   number. Default 10.
#' @param weights Case weights (numbers of observations) for `newdata` or
#'   `truth`, one for each row, or for a source the name of a column; the data of
#'   the fit have their own. Default `NULL`: all the same.
#' @param x The result of `calibration()`.
#' @param digits Significant digits to print.
#' @param ... For `plot()`, `main`, `xlab`, `ylab` and settings of
#'   [graphics::par()]; for `print()` not used; otherwise an error.
#' @return `calibration()` gives a data frame of class `sgmoe_calibration` with
#'   a row for each bin that is not empty: `lower` and `upper`, its limits; `n`,
#'   its observations (sum of the weights); `predicted`, the mean predicted
#'   probability; `observed`, the frequency with which it came true; `low` and
#'   `high`, an interval of about 95 % for it (Agresti and Coull, 1998). Its
#'   attributes are `calibration_error`, the classes in `classes`, the one
#'   looked at in `target` (`NULL` for the most probable), and `dropped`, the
#'   rows without prediction or response. A fit without classes raises
#'   `sgmoe_error_unsupported`, an unknown class or bad `bins`
#'   `sgmoe_error_argument`.
#' @references Agresti, A. and Coull, B. A. (1998) Approximate is better than
#'   "exact" for interval estimation of binomial proportions. *The American
#'   Statistician*, 52, 119–126.
#'
#'   Guo, C., Pleiss, G., Sun, Y. and Weinberger, K. Q. (2017) On
#'   calibration of modern neural networks. *Proceedings of the 34th
#'   International Conference on Machine Learning*, 70, 1321–1330.
#' @family scores of classes
#' @examples
#' set.seed(1)
#' train <- sample(nrow(iris), 100)
#' fit <- sgmoe(Species ~ Sepal.Length + Sepal.Width, iris[train, ],
#'   k = 2,
#'   ridge = 0.1, starts = 2
#' )
#' calibration(fit, iris[-train, ], bins = 5)
#' plot(calibration(fit, iris[-train, ], class = "virginica", bins = 5))
#' @export
calibration <- function(object, ...) {
  UseMethod("calibration")
}

#' Scores of predicted distributions
#'
#' How good the predicted distributions of responses are, on new data: proper
#' scores, whose expectation is lowest for the true distribution (Gneiting and
#' Raftery, 2007). All are losses: less is better.
#'
#' @details
#' - `log`: minus the log-density of the response, in nats, of several responses
#'   their joint one.
#' - `crps`: the continuous ranked probability score,
#'   \eqn{\int (F(t) - 1\{y \le t\})^2 dt = E|Y - y| - E|Y - Y'|/2}{integral (F(t) -
#'   1(y <= t))^2 dt = E|Y - y| - E|Y - Y'|/2} with
#'   independent \eqn{Y, Y' \sim F}, in units of the response. For mixtures both
#'   means are sums over (pairs of) experts; of Gaussian ones in closed form
#'   (Grimit et al., 2006). For a prediction without spread it is the absolute
#'   error.
#' - `pinball`: the loss \eqn{(y - q)(p - 1\{y < q\})} of the predicted
#'   \eqn{p}-quantile \eqn{q}; for `p` 0 or 1, where \eqn{q} may be infinite,
#'   its limit, which then is 0.
#' - `energy`, for several responses: \eqn{E\|Y - y\| - E\|Y - Y'\|/2} with the
#'   Euclidean distance in the responses' own units, from `draws` pairs drawn
#'   from the fitted mixture. The random numbers are taken from `seed`, and those
#'   of the session are left as they were.
#' - `log_loss` and `brier`, for classes: as [class_scores()] has them.
#'
#' @param object A fit from [sgmoe()], or a stream, with `newdata`.
#' @param newdata A data frame with covariates and response, or a source of chunks
#'   ([as_chunk_source()]), whose scores are those of all its rows (the seed of
#'   each chunk is `seed` and its number). `NULL`, the default,
#'   takes the data of the fit (scores on them flatter the fit), which needs
#'   `model = TRUE`.
#' @param weights Case weights (numbers of observations) for `newdata`, one for
#'   each row, or for a source the name of a column; the data of the fit have their
#'   own. Default `NULL`: all the same.
#' @param p Probabilities of the quantiles that the pinball loss is of, numbers
#'   from 0 to 1; `numeric()` for none. Default 0.05, 0.5 and 0.95. Of classes it
#'   is an error.
#' @param draws Pairs of draws for the energy score, a whole number of at least
#'   2. Default 200. Of one response it is an error, and so is `seed`.
#' @param seed A whole number, the seed of these draws. Default 1.
#' @param per_row Give the scores of each row, not their means? Default `FALSE`.
#' @param ... Anything else is an error.
#' @return A data frame with a row for each score: `score`, its name; `response`,
#'   the response it is of, `NA` for all together; `p`, of the pinball loss, else
#'   `NA`; `value`, the mean over rows, by case weights; `error`, the standard
#'   error of a value that was simulated, else 0; `n`, the sum of the weights of
#'   the rows that count. Rows without prediction or response do not. With
#'   `per_row = TRUE` a data frame with a row for each row of the data, `NA` where
#'   there is none, and columns such as `crps`, `pinball_0.05`, and for several
#'   responses `crps_y1`.
#' @section Errors: `sgmoe_error_no_rows` if no row can be scored,
#'   `sgmoe_error_non_finite` for an infinite response, `sgmoe_error_argument`,
#'   `sgmoe_error_weights`, and those of [predict.sgmoe()] for `newdata`.
#' @references Gneiting, T. and Raftery, A. E. (2007) Strictly proper scoring
#'   rules, prediction, and estimation. *Journal of the American Statistical
#'   Association*, 102, 359–378.
#'
#'   Grimit, E. P., Gneiting, T., Berrocal, V. J. and Johnson, N. A. (2006) The
#'   continuous ranked probability score for circular variables and its
#'   application to mesoscale forecast ensemble verification. *Quarterly Journal
#'   of the Royal Meteorological Society*, 132, 2925–2942.
#' @seealso [calibration()] and [class_scores()] for classes.
#' @family predictions
#' @examples
#' set.seed(1)
#' train <- sample(nrow(faithful), 200)
#' fit <- sgmoe(waiting ~ eruptions, faithful[train, ], k = 2, starts = 2)
#' score(fit, faithful[-train, ])
#' head(score(fit, faithful[-train, ], per_row = TRUE))
#' @export
score <- function(object, ...) {
  UseMethod("score")
}
