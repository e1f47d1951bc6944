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
#' @param newdata A data frame with covariates and response. Without it, the
#'   data of the fit are used, which needs `model = TRUE`.
#' @param class Name of the class of which to look at the predicted probability.
#'   `NULL`, the default, looks at the most probable class of each observation:
#'   its probability (the confidence) against how often it is right (accuracy).
#' @param bins Number of bins of equal width between 0 and 1, a positive whole
#'   number. Default 10.
#' @param weights Case weights (numbers of observations) for `newdata` or
#'   `truth`, one for each row; the data of the fit have their own. Default
#'   `NULL`: all the same.
#' @param x The result of `calibration()`.
#' @param digits Significant digits to print.
#' @param ... For `plot()`, `main`, `xlab`, `ylab` and settings of
#'   [graphics::par()]; otherwise not used.
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
