# The argument `vcov`, by which predictions, effects and other packages ask which
# covariance of the coefficients standard errors are made of.

#' What was given as `vcov`, checked
#'
#' @param vcov A type of vcov.sgmoe(), a covariance of all coefficients, or a
#'   function of the fit that gives either; NULL or TRUE for the default.
#' @param name What the user knows it as.
#' @return A type; or the matrix of the coefficients that are not aliased.
#' @noRd
read_vcov <- function(fit, vcov, call = rlang::caller_env(), name = "vcov") {
  if (is.function(vcov)) {
    vcov <- tryCatch(in_memory(vcov(fit), call), error = function(error) {
      if (inherits(error, "sgmoe_error")) {
        stop(error)
      }
      abort("argument", c(
        "The function in {.arg {name}} failed on this fit.",
        "x" = "{conditionMessage(error)}"
      ), call)
    })
  }
  if (is.null(vcov) || isTRUE(vcov)) {
    return("bayes")
  }
  if (!is.matrix(vcov)) {
    return(check_choice(vcov, name, covariance_types, call, "argument"))
  }
  names <- names(fit$coefficients)
  kept <- !is.na(fit$coefficients)
  if (is.numeric(vcov) && identical(rownames(vcov), names) &&
    ncol(vcov) == length(names)) {
    vcov <- vcov[kept, kept, drop = FALSE]
  }
  d <- sum(kept)
  if (!is.numeric(vcov) || !identical(dim(vcov), c(d, d)) ||
    !(is.null(rownames(vcov)) || identical(rownames(vcov), names[kept]))) {
    abort("argument", c(
      "{.arg {name}} must be a type of covariance, or the covariance of all
       coefficients, with their names.",
      "x" = "It is a matrix of {nrow(vcov)} row{?s} and {ncol(vcov)}
             column{?s}; there are {length(names)} coefficients.",
      "i" = "Such as {.code vcov(fit, type = \"sandwich\", cluster = ~ id)}."
    ), call)
  }
  dimnames(vcov) <- list(names[kept], names[kept])
  vcov
}

#' The covariance of all coefficients that is asked for, as vcov.sgmoe() gives it
#'
#' @param vcov As in read_vcov().
#' @noRd
chosen_covariance <- function(fit, vcov, call = rlang::caller_env()) {
  chosen <- read_vcov(fit, vcov, call)
  if (!is.matrix(chosen)) {
    found <- coefficient_covariance(fit, chosen, call = call)
    return(warn_of_covariance(found, chosen, fit, call))
  }
  names <- names(fit$coefficients)
  at <- match(names, rownames(chosen))
  structure(chosen[at, at, drop = FALSE], dimnames = list(names, names))
}

#' The covariance in the free coordinates that is asked for
#'
#' @param vcov,name As in read_vcov().
#' @return list(matrix, unknown, scale, lost) of new_free_covariance(), and
#'   problems and `type` for messages.
#' @noRd
delta_covariance <- function(fit, vcov, call = rlang::caller_env(), name = "vcov") {
  chosen <- read_vcov(fit, vcov, call, name)
  if (is.matrix(chosen)) {
    return(given_covariance(fit, chosen))
  }
  found <- coefficient_covariance(fit, chosen, call = call)
  c(found$free, list(problems = found$problems, type = chosen))
}

#' A matrix that read_vcov() gives, as delta_covariance() has it
#' @noRd
given_covariance <- function(fit, matrix) {
  d <- nrow(matrix)
  unknown <- is.na(diag(matrix))
  problems <- list(indefinite = rownames(matrix)[unknown])
  matrix[is.na(matrix)] <- 0
  jacobian <- user_jacobian(fit$spec, fit$parameters)
  inverse <- inverse_jacobian(jacobian)
  list(
    matrix = symmetric(inverse %*% unname(matrix) %*% t(inverse)),
    unknown = colSums(jacobian[unknown, , drop = FALSE] != 0) > 0,
    scale = rep(1, d), lost = matrix(0, d, 0L),
    problems = problems, type = "given"
  )
}

#' The inverse of a Jacobian, whose rows have units of their own, of any size
#' @noRd
inverse_jacobian <- function(jacobian) {
  largest <- apply(abs(jacobian), 1L, max)
  t(t(solve(jacobian / largest, tol = 0)) / largest)
}
