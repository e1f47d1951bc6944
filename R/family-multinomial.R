# Multinomial-logistic experts for classes: q = M columns of logits, which sum
# to zero in the core and are relative to the first class for the user. How
# classes are read is in family-multinomial-response.R.

multinomial_help <- c(
  family = "multinomial logistic regressions, for classes; the default for a
    factor, character or logical vector",
  model = "multinomial logistic regressions,
    \\eqn{f_k(m \\mid x) = \\exp(v_{km}'x) / \\sum_j \\exp(v_{kj}'x)}{
    f_k(m | x) = exp(v_km'x) / sum_j exp(v_kj'x)}",
  response = "The levels of a factor are the classes, in their order; a level
    without any row is left out with a warning. Whole numbers are taken as
    classes, too, and a matrix with a column for each class as counts: a row of
    counts comes from one expert, and `nobs()` counts it as one observation (its
    log-likelihood leaves out the multinomial coefficient, as in
    [nnet::multinom()]). The first class is the reference:
    `cbind(failure, success)` gives what [glm()] gives for
    `cbind(success, failure)`.
    Where classes can be separated, the likelihood has no maximum, see Ridge",
  offset = "a matrix with a column for each class to be added to their logits,
    or for two classes a vector to be added to the log-odds of the second",
  ridge = "\\eqn{\\frac\\lambda2 \\sum_k \\|V_k\\|^2}{lambda/2 sum_k |V_k|^2}, the logits in their
    sum-zero form (as in glmnet, whose lambda is \\eqn{\\lambda} divided by the
    sum of the weights)",
  distance = "\\eqn{\\|\\Delta V\\|^2}{|Delta V|^2} with logits \\eqn{V} in sum-zero form,
    intercepts included",
  residuals = "`observed` is the indicator of a class (its share of the row's
    counts). Quantile and deviance residuals are a vector: quantiles of the
    number of the second of two classes, or of the rank of ordered classes,
    within the jumps as for counts; deviance residuals of two classes, those of
    [glm()]. Classes without an order have neither: use [calibration()]",
  simulator = "`classes`, their number, at least 2 (3 by default). `mean` has a
    column for each class of the first expert, then of the second, and so on
    (logits)"
)

# What those who ask for what classes do not have may do.
multinomial_instead <- c(
  sigma = "Experts for classes have no standard deviation.",
  covariance = "Experts for classes have no standard deviation; leave
                {.arg covariance} and {.arg shared} out.",
  quantile = "Only two classes, or ordered ones, have an order, and counts
              of more than two, or that are not whole, have none. See
              {.fn calibration}, or use
              {.code type = \"pearson\"}.",
  deviance = "They are of two classes; see {.code type = \"pearson\"}.",
  tune = "Classes are not numbers: see {.val log}, {.val accuracy} and
          {.val brier}.",
  distribution = "Classes are not numbers, and have no quantiles.",
  predict = "Classes are not numbers: see {.code type = \"prob\"} for
                  their probabilities, {.code type = \"density\"} for that
                  of the class observed."
)

# How probabilities of classes are drawn.
class_drawing <- list(
  first = function(spec) if (length(spec$responses) == 2L) 2L else 1L,
  title = function(name) paste("Probability of", name),
  key = "Mixture",
  spread = function(y) {
    # Zeros and ones, moved inwards by multiples of a golden ratio.
    y + (0.5 - y) * 0.12 * ((seq_along(y) * 0.7548776662) %% 1)
  }
)

#' @noRd
multinomial_experts <- function() {
  list(
    name = "multinomial", title = "multinomial",
    help = multinomial_help,
    glm = c(binomial = "logit"),
    unit = "class",
    instead = multinomial_instead,
    chosen_for = function(response) {
      is_labels(response) && length(dim(response)) < 2L
    },
    check_response = check_class_response,
    check_glm = check_two_classes,
    read_response = read_classes,
    replay_response = replay_classes,
    read_numbers = read_class_numbers,
    basis = function(y, weights, names, covariance, intercept) {
      # Classes have no units.
      list(
        centre = numeric(length(names)), scale = rep(1, length(names)),
        intercept = TRUE
      )
    },
    offset = "predictor",
    widen_offset = widen_class_offset,
    observed = class_shares,
    row_counts = class_counts,
    grouped = function(blueprint) blueprint$response_kind == "counts",
    predictors = function(spec) spec$responses[-1L],
    n_par = function(columns, spec) {
      spec$k * columns * (length(spec$responses) - 1)
    },
    to_user = function(parameters, spec) {
      list(expert = relative_logits(parameters$expert, spec), scale = NULL)
    },
    from_user = function(expert, scale, spec) {
      list(expert = centred_logits(expert, spec))
    },
    jacobian = function(parameters, spec) {
      kronecker(diag(spec$k), kronecker(
        reference_change(length(spec$responses)),
        basis_change(spec$basis$expert)
      ))
    },
    mean_slopes = class_slopes,
    tangent = centred_direction,
    start_coordinates = class_coordinates,
    cost = function(spec) {
      # A column of logits takes a product, a score and an exponential.
      length(spec$responses) * (2 * length(spec$basis$expert$scale) + 20)
    },
    defaults = list(
      ridge = 0.1, finalists = 8, screen_rows = 5000, moves = 8e9 # some seconds
    ),
    residuals = list(
      response = response_residuals, pearson = class_pearson_residuals,
      quantile = class_quantiles, deviance = class_deviances
    ),
    draw = draw_classes,
    describe = function(spec) paste0(", ", length(spec$responses), " classes"),
    reference = function(spec) {
      paste0("log-odds relative to class ", spec$responses[[1L]])
    },
    augment = function(fitted, y, blueprint) {
      list(.class = most_probable(fitted, blueprint))
    },
    drawing = class_drawing,
    simulator = simulate_classes,
    classify = most_probable,
    prior = class_prior,
    stored_prior = function(prior, spec) {
      is_intercept_prior(prior, spec, length(spec$responses))
    },
    seen = classes_with_rows,
    drop_unseen = drop_classes,
    add_unseen = add_classes
  )
}

#' Offsets of rows as a column for each class; NULL where they are not of the shape
#'
#' @param q Number of classes.
#' @noRd
widen_class_offset <- function(value, rows, q) {
  if (NCOL(value) == q) {
    matrix(as.double(value), rows, q)
  } else if (NCOL(value) == 1L && q == 2L) {
    # Added to the log-odds of the second class, as in glm().
    cbind(0, as.double(value), deparse.level = 0)
  }
}

#' Derivatives of the probability of a class in the logits of all but the last,
#' which is held
#'
#' @param means Probabilities, n x M.
#' @param response The number of the class.
#' @noRd
class_slopes <- function(means, spec, response) {
  slopes <- -means[, response] * means
  slopes[, response] <- slopes[, response] + means[, response]
  slopes[, -ncol(means), drop = FALSE]
}

#' A direction without what it moves all logits of an expert by
#' @noRd
centred_direction <- function(direction, spec) {
  own <- matrix(direction, ncol = spec$k)
  as.vector(apply(own, 2L, function(logits) {
    logits <- matrix(logits, ncol = length(spec$responses))
    logits - rowMeans(logits)
  }))
}

#' The response as an n x M matrix: indicators of classes, or shares of counts
#' @noRd
class_shares <- function(y, names) {
  classes <- length(names)
  if (ncol(y) == 1L) {
    shares <- matrix(0, nrow(y), classes)
    known <- !is.na(y[, 1L])
    shares[cbind(which(known), y[known, 1L] + 1L)] <- 1
    shares[!known, ] <- NA
  } else {
    shares <- y / rowSums(y)
  }
  colnames(shares) <- names
  shares
}

#' The prior on the experts' intercepts: a row of all, in each expert a k-th,
#' with the shares of the classes among all rows; one without rows, in a stream, counts
#' as half a row
#' @noRd
class_prior <- function(problem, weights, run) {
  spec <- problem$spec
  if (!spec$basis$expert$intercept) {
    return(NULL)
  }
  sums <- Reduce(`+`, map_leaves(problem, class_sums, spec$responses))
  classes <- length(spec$responses)
  rows <- unname(sums[seq_len(classes), , drop = FALSE])
  missing <- pmax(weights[["row"]] / 2 - rows, 0)
  list(
    expert_prior = weights[["intercept"]] / spec$k,
    prior_target = (rows + missing) / (sums[[classes + 1L]] + sum(missing))
  )
}

#' Weighted sums of the classes' shares and, last, of rows: a column
#'
#' @param classes Their names.
#' @noRd
class_sums <- function(data, classes) {
  y <- data$response$values
  counts <- class_counts(y)
  if (length(data$weights)) {
    counts <- counts * data$weights
  }
  cbind(c(colSums(class_shares(y, classes) * counts), sum(counts)))
}

#' The most probable class, the first of equals, with the levels of the data
#' @noRd
most_probable <- function(probability, blueprint) {
  factor(
    blueprint$response_names[largest_column(probability)],
    blueprint$response_levels,
    ordered = blueprint$response_order
  )
}

#' Logits relative to the first class, which is left out
#' @noRd
relative_logits <- function(logits, spec) {
  q <- length(spec$responses)
  reference <- rep((seq_len(spec$k) - 1L) * q + 1L, each = q)
  (logits - logits[, reference])[, -unique(reference), drop = FALSE]
}

#' And back, summing to zero over classes
#' @noRd
centred_logits <- function(expert, spec) {
  classes <- length(spec$responses)
  own <- array(expert, c(nrow(expert), classes - 1L, spec$k))
  own <- vapply(seq_len(spec$k), function(i) {
    logits <- cbind(0, matrix(own[, , i], nrow(expert)))
    logits - rowMeans(logits)
  }, matrix(0, nrow(expert), classes))
  matrix(own, nrow(expert))
}

#' Indicators of classes, in units of their standard deviation
#' @noRd
class_coordinates <- function(y, spec) {
  shares <- class_shares(y, spec$responses)
  mean <- colMeans(shares)
  (shares - rep(mean, each = nrow(shares))) /
    rep(sqrt(pmax(mean * (1 - mean), 1e-6)), each = nrow(shares))
}

#' @noRd
class_pearson_residuals <- function(at) {
  result <- response_residuals(at)
  scaled <- result /
    sqrt(at$centre * (1 - at$centre) / class_counts(at$y))
  scaled[result == 0] <- 0 # certain, and right
  scaled
}

#' @noRd
simulate_classes <- function(k, classes = 3) {
  classes <- check_number(
    classes, "classes", 2,
    whole = TRUE, what = "argument"
  )
  list(columns = k * classes, draw = function(predictor, expert) {
    n <- nrow(predictor)
    own <- array(predictor, c(n, classes, k))
    for (i in seq_len(k)) {
      own[, , i] <- row_softmax(matrix(own[, , i], n))
    }
    choice <- cbind(rep(seq_len(n), classes), rep(seq_len(classes), each = n))
    y <- draw_columns(matrix(own[cbind(choice, rep(expert, classes))], n))
    density <- vapply(seq_len(k), function(i) {
      own[cbind(seq_len(n), y, i)]
    }, numeric(n))
    dim(density) <- c(n, k)
    list(y = factor(y, seq_len(classes)), density = density)
  })
}
