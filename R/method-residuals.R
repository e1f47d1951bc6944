# Fitted values and residuals.

#' Fitted values and residuals
#'
#' @param object A fit from [sgmoe()] with `model = TRUE`.
#' @param type `"response"`: observed less fitted; `"pearson"`: that divided by
#'   the mixture's standard deviation at the covariates; `"quantile"`: the
#'   normal quantile of the mixture's distribution function at the response,
#'   standard normal if the model holds (Dunn and Smyth, 1996), whatever the
#'   shape of the mixture. Several responses are taken one at a time. For
#'   classes `observed` is the indicator of a class (its share of the row's
#'   counts), and there are no quantile residuals, since classes have no order:
#'   use [calibration()].
#' @param ... Anything else is an error.
#' @return A vector with one element for each row, or a matrix with a column for
#'   each response or class; padded with `NA` under [na.exclude()].
#' @references Dunn, P. K. and Smyth, G. K. (1996) Randomized quantile
#'   residuals. *Journal of Computational and Graphical Statistics*, 5, 236–244.
#' @examples
#' set.seed(1)
#' fit <- sgmoe(dist ~ speed, cars, k = 2, starts = 2)
#' qqnorm(residuals(fit, type = "quantile"))
#' @importFrom stats fitted
#' @export
fitted.sgmoe <- function(object, ...) {
  refuse_dots(list(...), "fitted")
  predict.sgmoe(object, type = "response")
}

#' @rdname fitted.sgmoe
#' @importFrom stats residuals
#' @export
residuals.sgmoe <- function(object, type = c(
                              "response", "pearson", "quantile"
                            ), ...) {
  type <- check_choice(
    type, "type", c("response", "pearson", "quantile"),
    what = "argument"
  )
  refuse_dots(list(...), "residuals")
  design <- fitted_design(object)
  means <- expert_means(object, design)
  gate <- evaluate_core(object, design, "gate")
  centre <- mixture_mean(means, gate)
  if (has_classes(object)) {
    result <- class_residuals(object, design$y, centre, type)
    rownames(result) <- as.character(design$row_names)
    return(stats::naresid(object$na.action, result))
  }
  deviation <- rep(
    t(matrix(sigma.sgmoe(object), object$k, length(object$responses))),
    each = nrow(centre)
  )
  result <- switch(type,
    response = design$y - centre,
    pearson = {
      spread <- means - as.vector(centre)
      (design$y - centre) /
        sqrt(mixture_mean(spread^2 + deviation^2, gate))
    },
    quantile = {
      # The tail that is smaller keeps its digits.
      z <- (as.vector(design$y) - means) / deviation
      lower <- mixture_mean(
        array(stats::pnorm(z), dim(means)), gate
      )
      upper <- mixture_mean(
        array(stats::pnorm(z, lower.tail = FALSE), dim(means)), gate
      )
      # (The larger may exceed one by a rounding error.)
      sign(upper - lower) * stats::qnorm(pmin(lower, upper))
    }
  )
  dimnames(result) <- list(
    as.character(design$row_names), object$responses
  )
  if (ncol(result) == 1L) {
    result <- stats::setNames(result[, 1L], rownames(result))
  }
  stats::naresid(object$na.action, result)
}

#' @noRd
class_residuals <- function(fit, y, probability, type) {
  if (type == "quantile") {
    abort("argument", c(
      "Classes have no order, and so no quantile residuals.",
      "i" = "See {.fn calibration}, or use {.code type = \"pearson\"}."
    ), quote(residuals()))
  }
  result <- response_shares(y, fit) - probability
  if (type == "pearson") {
    trials <- response_weights(y, NULL, fit)
    scaled <- result / sqrt(probability * (1 - probability) / trials)
    scaled[result == 0] <- 0 # certain, and right
    result <- scaled
  }
  result
}
