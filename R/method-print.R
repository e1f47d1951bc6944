# Printing fits and their summaries.

#' @rdname summary.sgmoe
#' @export
#' @order 2
print.sgmoe <- function(x, digits = max(3L, getOption("digits") - 3L), ...) {
  check_stored(x)
  cat(describe_model(x), "\n\nCall:\n", sep = "")
  print(x$call)
  print_coefficients(x, digits)
  ridge <- if (!is.null(x$evidence) || is_tuned(x)) describe_ridge(x)
  cat(
    "\nLog-likelihood ", format(x$log_likelihood, digits = digits + 2L),
    " on ", format(x$df, digits = digits), " parameters, ", format(x$nobs),
    " observations", describe_dropped(x), ".\n",
    if (!is.null(ridge)) paste0("R", substring(ridge, 2L), ".\n"),
    describe_end(x), "\n", describe_calibration(x), describe_flags(x, "point_mass"),
    sep = ""
  )
  invisible(x)
}

#' @noRd
describe_dropped <- function(x) {
  if (x$dropped > 0) {
    paste0(" (", x$dropped, " row", if (x$dropped > 1) "s", " dropped for NA)")
  }
}

#' @param digits Significant digits.
#' @param scale Are scales to be shown?
#' @noRd
print_coefficients <- function(fit, digits, scale = TRUE) {
  if (fit$k > 1) {
    cat("\nGate, relative to expert 1:\n")
    print(gate_matrix(fit), digits = digits)
  }
  cat("\nExperts", describe_reference(fit), ":\n", sep = "")
  experts <- expert_matrix(fit)
  if (scale && has_part(fit, "sigma")) {
    deviations <- family_of(fit)$sigma(fit$parameters, fit$spec)
    experts <- rbind(experts, sigma = as.vector(t(deviations)))
  }
  print(experts, digits = digits)
}

#' @rdname summary.sgmoe
#' @export
#' @order 4
print.summary.sgmoe <- function(x, digits = max(
                                  3L, getOption("digits") - 3L
                                ), signif.stars = getOption(
                                  "show.signif.stars"
                                ), signif.legend = signif.stars, ...) {
  check_stored(x)
  cat(describe_model(x), "\n\nCall:\n", sep = "")
  print(x$call)
  print_tests(x, digits, signif.stars, signif.legend)
  cat("\nExperts, by average gate probability:\n")
  print(x$experts, digits = digits)
  if (length(x$responses) > 1L && identical(x$covariance, "full")) {
    cat("\nCovariances:\n")
    print(x$scales, digits = digits)
  }
  cat(
    "\nLog-likelihood ", format(c(x$logLik), digits = digits + 2L), " on ",
    format(x$df, digits = digits), " parameters, ", format(x$nobs),
    " observations",
    describe_dropped(x), "\n",
    "AIC ", format(x$AIC, digits = digits + 2L),
    ", BIC ", format(x$BIC, digits = digits + 2L),
    ", ICL ", format(x$ICL, digits = digits + 2L),
    if (!is.null(x$ridge)) paste0("; ", x$ridge), "\n",
    describe_scores(x, digits), "\nHow it was found:\n",
    describe_end(x), "\n", describe_search(x, digits),
    describe_calibration(x), describe_flags(x),
    sep = ""
  )
  invisible(x)
}

#' Tables of coefficients with standard errors and tests, of experts and gate
#'
#' @param digits Significant digits.
#' @param stars,legend Print stars, and what they mean?
#' @noRd
print_tests <- function(x, digits, stars, legend) {
  gate <- rownames(x$coefficients) %in% spec_labels(x$spec)$gate
  known <- !all(is.na(x$coefficients[, 2L]))
  show <- function(rows, legend) {
    table <- x$coefficients[rows, , drop = FALSE]
    if (known) {
      stats::printCoefmat(
        table,
        digits = digits, signif.stars = stars, signif.legend = legend,
        na.print = "NA"
      )
    } else {
      print(table[, 1L, drop = FALSE], digits = digits)
    }
  }
  cat("\nExperts", describe_reference(x), ":\n", sep = "")
  show(!gate, legend && x$k == 1)
  if (x$k > 1) {
    cat("\nGate, log-odds relative to expert 1:\n")
    show(gate, legend)
  }
  writeLines(as.character(describe_errors(x, known)))
}

#' Where standard errors are from, and why some are not known
#'
#' @param known Are there any?
#' @noRd
describe_errors <- function(x, known) {
  if (!known && !length(x$problems)) {
    return("No standard errors: they need the data, which the fit does not keep.")
  }
  unknown <- vapply(names(x$problems), function(name) {
    names <- x$problems[[name]]
    more <- length(names) - 3L
    paste0(
      gsub("\\s+", " ", covariance_problems[[name]]), "\n  ",
      paste(utils::head(names, 3L), collapse = ", "),
      if (more > 0) paste(" and", more, "more")
    )
  }, "")
  c(
    if (length(x$aliased)) {
      paste0(
        length(x$aliased), " not defined because of aliased columns."
      )
    },
    if (length(unknown)) c("No standard error (NA).", unname(unknown)),
    if (x$spec$ridge > 0) {
      "Standard errors include the curvature of the ridge, see ?vcov.sgmoe."
    }
  )
}

#' How well the classes of the training data are predicted, in a sentence
#' @noRd
describe_scores <- function(x, digits) {
  if (is.null(x$scores)) {
    return(NULL)
  }
  values <- format(signif(x$scores, digits), digits = digits, trim = TRUE)
  paste0(
    "On the training data: accuracy ", values[["accuracy"]],
    ", log-loss ", values[["log_loss"]], ", Brier score ", values[["brier"]],
    ",\n  expected calibration error ", values[["calibration_error"]], "\n"
  )
}

#' Starts and rate of convergence, in a sentence each
#' @noRd
describe_search <- function(x, digits) {
  starts <- nrow(x$starts)
  known <- any(!is.na(x$starts$logLik)) # not after incremental passes
  compared <- sum(!is.na(x$starts$objective))
  paste0(
    if (starts > 1L && known) {
      paste0(
        "Best of ", starts, " starts",
        if (!is.na(x$hits)) {
          paste0("; ", x$hits, " of ", if (compared < starts) {
            paste("the", compared, "that went to their end with its ridge")
          } else {
            "them"
          }, " ended there")
        },
        ".", if (x$hits %in% 1L) " More starts may find a better one.", "\n"
      )
    },
    if (!is.na(x$rate)) {
      paste0(
        "Convergence rate of unaccelerated steps near the optimum: ",
        format(1 - signif(1 - x$rate, 3L), digits = 8L),
        ";\n  about ",
        format(max(x$gap, 0), digits = 2L),
        " log-likelihood per observation is left to gain.\n"
      )
    }
  )
}

flag_titles <- c(
  starved = "Too little weight", floored = "Variance at its floor",
  point_mass = "Point mass, on one value of the response"
)

#' Lines about experts that were flagged, if any were
#' @noRd
describe_flags <- function(x, flags = names(flag_titles)) {
  flags <- Filter(function(flag) any(x[[flag]]), flags)
  vapply(flags, function(flag) {
    paste0(flag_titles[[flag]], ": expert ", toString(which(x[[flag]])), ".\n")
  }, "")
}
