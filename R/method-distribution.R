# Predictions of the whole distribution: its values, quantiles and intervals.

distribution_types <- c("quantile", "cdf", "density", "variance")

#' What is asked of the distribution, checked
#'
#' @param p,interval,level,method,calibration As in predict().
#' @return list(type, or "interval"; p; confidence: is the interval one of the
#'   mean? tails: for each response the probability beyond each bound).
#' @noRd
check_distribution <- function(fit, type, p, interval, level, method,
                               calibration, call = rlang::caller_env()) {
  interval <- check_choice(
    interval, "interval", c("none", "prediction", "confidence"), call, "argument"
  )
  method <- check_choice(
    method, "method", c("plug-in", "conformal"), call, "argument"
  )
  if (!is.null(p) && type != "quantile") {
    abort("argument", c(
      "{.arg p} is for {.code type = \"quantile\"}.",
      "x" = "The type is {.val {type}}."
    ), call)
  }
  if (interval != "prediction") {
    if (method != "plug-in" || !is.null(calibration)) {
      refuse_calibration("interval", "prediction", call)
    }
    made_of_it <- type %in% setdiff(distribution_types, "density")
    if (made_of_it) {
      asked <- paste0("{.code type = \"", type, "\"}")
      require_part(fit, "distribution", asked, call, "predict")
    }
    return(list(
      type = type, p = check_levels(p, call), confidence = interval == "confidence"
    ))
  }
  if (type != "response") {
    abort("argument", c(
      "{.code interval = \"prediction\"} is for {.code type = \"response\"}.",
      "x" = "The type is {.val {type}}."
    ), call)
  }
  require_part(fit, "distribution", "{.code interval = \"prediction\"}", call)
  level <- check_level(level, "level", call)
  if (method == "plug-in" && !is.null(calibration)) {
    refuse_calibration("method", "conformal", call)
  }
  tails <- if (method == "conformal") {
    conformal_tails(fit, calibration, level, call)
  } else {
    rep((1 - level) / 2, length(fit$responses))
  }
  list(type = "interval", tails = tails)
}

#' @noRd
refuse_calibration <- function(name, value, call = rlang::caller_env()) {
  abort("argument", c(
    "{.code method = \"conformal\"} and {.arg calibration} are for conformal
     prediction intervals.",
    "i" = "Give {.code {name} = \"{value}\"}, too."
  ), call)
}

#' Probabilities, or the default ones
#' @noRd
check_levels <- function(p, call = rlang::caller_env()) {
  if (is.null(p)) {
    return(c(0.05, 0.5, 0.95))
  }
  if (!length(p) || !are_numbers(p, length(p), 0, 1)) {
    abort("argument", c(
      "{.arg p} must be probabilities, numbers from 0 to 1.",
      "x" = if (is.numeric(p) && length(p)) {
        "It has {.val {some_of(p[!(p >= 0 & p <= 1)])}}."
      } else {
        "It is {describe_value(p)}."
      }
    ), call)
  }
  p
}

#' Values of the distribution in the rows of a design, with their names
#'
#' @param asked From check_distribution().
#' @noRd
predict_distribution <- function(fit, design, asked) {
  mixtures <- response_distributions(fit, design)
  each <- function(f) {
    values <- lapply(seq_along(mixtures), function(response) {
      f(mixtures[[response]], response)
    })
    shape_by_response(
      values, as.character(design$row_names), fit$responses
    )
  }
  # Those that are NaN are missing.
  response <- function(i) replace(design$y[, i], is.nan(design$y[, i]), NA)
  switch(asked$type,
    cdf = each(function(mixture, i) mixture_cdf(mixture, response(i))),
    density = each(function(mixture, i) mixture_density(mixture, response(i))),
    variance = each(function(mixture, i) mixture_variance(mixture)),
    quantile = each(function(mixture, i) {
      values <- vapply(asked$p, function(p) {
        mixture_quantile(mixture, p)
      }, numeric(nrow(mixture$mean)))
      matrix(
        values, nrow(mixture$mean), length(asked$p),
        dimnames = list(NULL, percent_names(asked$p))
      )
    }),
    interval = each(function(mixture, i) {
      tail <- asked$tails[[i]]
      cbind(
        fit = mixture_mean(
          array(mixture$mean, c(nrow(mixture$mean), 1L, ncol(mixture$mean))),
          mixture$gate
        )[, 1L],
        lwr = tail_quantile(mixture, tail, TRUE),
        upr = tail_quantile(mixture, tail, FALSE)
      )
    })
  )
}

#' What is said of each response as one vector, matrix or array: rows, responses
#' where they are several, columns where these have names
#'
#' @param values A list with a vector or a matrix for each response.
#' @param names Of the rows.
#' @param responses Their names.
#' @noRd
shape_by_response <- function(values, names, responses) {
  n <- length(names)
  columns <- NCOL(values[[1L]])
  labels <- colnames(values[[1L]])
  q <- length(values)
  # n x columns x q, as long as there are several of them; n may be zero
  values <- array(as.double(unlist(values)), c(n, columns, q))
  if (is.null(labels) && q == 1L) {
    return(stats::setNames(as.vector(values), names))
  }
  if (is.null(labels)) {
    return(matrix(values, n, q, dimnames = list(names, responses)))
  }
  if (q == 1L) {
    return(matrix(values, n, columns, dimnames = list(names, labels)))
  }
  values <- aperm(values, c(1L, 3L, 2L))
  dimnames(values) <- list(names, responses, labels)
  values
}

#' "5%", as quantile() has it
#' @noRd
percent_names <- function(p) {
  paste0(vapply(100 * p, format, "", digits = 7L, trim = TRUE), "%")
}
