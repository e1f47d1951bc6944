# One battery of tests for all families of experts.
#
# Every family of the package has one entry in `family_cases`, made in a file of
# its own (helper-family-<name>.R): data, formulas and slow twins, from which the
# tests in test-family-*.R take what a property needs. A family without an entry,
# or with an incomplete one, fails every test of the battery by name.

family_cases <- list()

# What an entry holds. `good` means: with a good maximum that is far from any
# other. Formulas are about x1 and x2, experts are K, x is the design of the
# gate, z that of the experts, q the number of responses (or classes).
case_parts <- c(
  # Fits
  k = "number of experts of `good`",
  good = "function(n): list(data with y, x1, x2; start, a posterior)",
  steady = "arguments with which every algorithm converges on `good`, a list",
  precision = "of coefficients at tolerance = 1e-13, relative",
  random_case = "function(seed): list(data, start, weighted, arguments)",
  provoked = "function(run, weight): named flags of what random cases provoke",
  provoked_often = "named numbers: more often than that, in 1200 runs",
  optima = "function(): list(data, k, arguments, cases, lists of arguments)",
  truth = "function(): list(data, arguments, distance(fit) from it, below 1)",
  default = "arguments of simulate_moe() for two or three clear experts, a list",
  threads = "function(): list(data, k, arguments, cases, lists of arguments)",
  response_units = "function(data): lists of data in other units, loss of
    log-likelihood a row, back(coefficients of experts, of scale), or none",
  spoil = "function(data, rows): data with other responses in these rows",
  # Slow twins
  reference = "slow twins, see reference_twin()",
  maximises = "is a pass by the bound the maximum of its surrogate? FALSE if it
    only rises",
  pass_precision = "of a pass against its twin, relative",
  problems = "function(): problems of every structure, see make_problem()",
  starved = "function(): problems with 80 rows, 3 experts and a column or more",
  repeated = "function(): a problem whose second column can be repeated",
  far = "function(): a problem with 3 experts and a column",
  far_factor = "list(gate, expert): how far out parameters must not overflow",
  # One expert
  singles = "function(): named lists of data, arguments and expected: what other
    software finds (coefficients, unit of their error, fitted, log_likelihood,
    df, n, scale)",
  single_precision = "c(coefficients, fitted, likelihood), relative",
  # Predictions
  rows = "function(n): data with y, other responses, x1, x2, v, f, w",
  responses = "left sides of formulas for these data",
  experts_by_hand = "function(fit, data, z, offset): list(expert: means, n x q x
    K, log_density: n x K) by coef()",
  observed = "function(fit, data): n x q, what is compared with fitted values",
  predicted = "lists of arguments of sgmoe() for these data: weights, offsets, k",
  generic = "a formula in x1 for rows with numbers y, classes g and counts n, and
    what `columns` adds",
  # Simulated data
  simulated = "arguments of simulate_moe(), a list",
  simulated_by_hand = "function(data, x, truth): list(density, mean, variance, n
    x K; value: the response, or a number made of it)",
  flexmix = "function(): flexmix's driver",
  # Streams
  streams = "named lists of arguments of sgmoe_stream() for stream_rows(), the
    first without offset and weights, at least one with weights",
  stream_numbers = "for each, an expression: list of arguments of
    update_matrix() for these rows",
  clear = "function(n): data with y, x1, x2 from two clear experts",
  # Dendrograms
  merges = "named lists of arguments of sgmoe() for merge_data(), the first with
    intercepts, x1 and x2 only, at least one with weights",
  atoms = "their formulas, see helper-merge.R",
  # Coordinates
  coordinates = "lists of formula, covariance, shared: every structure",
  move = "function(parameters, step, spec): the experts moved by a step in free
    coordinates",
  information = "function(): problems for numerical second derivatives",
  # Selection
  selection = "function(k, seed): data whose number of experts is beyond doubt",
  selected = "the numbers of experts that it can have, one among them",
  selected_with = "criteria that find it",
  selected_by = "the formula to select by"
)

optional_case_parts <- c(
  # function(fit): the distribution of an expert's response with a mean, by
  # sigma() or nothing, list(whole, cdf(y, mean, i, j, lower.tail),
  # density(y, mean, i, j), variance(mean, i, j)) for expert i and response j
  "distribution",
  # function(data): data with the family's responses, from x1 and x2
  "columns",
  # function(problem): size of the terms of a row's log-density, if not about one
  "row_size"
)

#' Data with the responses of families that have their own
with_columns <- function(data) {
  for (case in family_cases) {
    if (!is.null(case$columns)) {
      data <- case$columns(data)
    }
  }
  data
}

#' The entry of a family; an error that names what is missing
family_case <- function(name) {
  case <- family_cases[[name]]
  missing <- setdiff(names(case_parts), names(case))
  if (length(missing)) {
    stop(
      "Family \"", name, "\" has ",
      if (is.null(case)) "no entry" else "an incomplete entry",
      " in the tests. tests/testthat/helper-family-", name, ".R must set:\n",
      paste0("  ", missing, ": ", case_parts[missing], collapse = "\n")
    )
  }
  unknown <- setdiff(names(case), c(names(case_parts), optional_case_parts))
  if (length(unknown)) {
    stop("Entry of family \"", name, "\": unknown ", toString(unknown))
  }
  case$name <- name
  if (is_fast_tier()) thin_case(case) else case
}

#' An entry with fewer cases of each kind, for the fast tier; the first ones have
#' weights
thin_case <- function(case) {
  some_of <- function(make, step) {
    force(make)
    function() {
      all <- make()
      all[seq(1, length(all), step)]
    }
  }
  case$problems <- some_of(case$problems, 3)
  case$singles <- some_of(case$singles, 3)
  case$information <- some_of(case$information, 2)
  case$predicted <- case$predicted[1:2]
  case$streams <- case$streams[1:2]
  for (part in c("merges", "coordinates")) {
    case[[part]] <- case[[part]][seq_len(min(3L, length(case[[part]])))]
  }
  case
}

#' A property that every family must have, as a test for each
#'
#' @param check A function of the family's entry that holds the expectations.
#' @param slow Is it left out of the fast tier? (helper-tier.R)
test_families <- function(property, check, slow = FALSE) {
  for (name in names(families)) {
    what <- paste0(property, " (", name, ")")
    if (slow && is_fast_tier()) {
      leave_out(what)
    } else {
      test_that(what, {
        check(family_case(name))
      })
    }
  }
}

#' The kinds of residuals that a fit has
residual_types <- function(fit) {
  Filter(function(type) {
    !inherits(
      tryCatch(residuals(fit, type), error = identity),
      "sgmoe_error_unsupported"
    )
  }, names(family_of(fit)$residuals))
}

# Fits and problems of entries ---------------------------------------------------

#' sgmoe() with lists of arguments, in which `weights` may be an expression;
#' maximum likelihood where they do not say otherwise
call_sgmoe <- function(data, ...) {
  arguments <- c(..., list(data = quote(data)))
  if (!"ridge" %in% names(arguments)) {
    arguments$ridge <- 0
  }
  eval(as.call(c(quote(sgmoe), arguments)))
}

#' A fit of an entry's good data, from a posterior to the end, as precise as can
#' be
precise <- function(case, good, ..., formula = y ~ x1 + x2,
                    weighted = FALSE) {
  fit <- call_sgmoe(
    good$data, list(formula, k = case$k, start = good$start),
    if (weighted) list(weights = quote(w)), list(...),
    list(family = case$name, tolerance = 1e-13, max_passes = 5000)
  )
  expect_identical(fit$reason, "converged")
  fit
}

#' Good data in other rows
rows_of <- function(good, rows) {
  list(
    data = good$data[rows, ], start = good$start[rows, , drop = FALSE]
  )
}

expect_same_likelihood <- function(fit, other, tolerance = 1e-8) {
  expect_lt(abs(c(logLik(fit)) - c(logLik(other))) / nobs(fit), tolerance)
}

#' The problem of a call's arguments
problem_of <- function(data, arguments, k = arguments$k, weighted = FALSE,
                       family = NULL) {
  given <- function(name, default) {
    if (is.null(arguments[[name]])) default else arguments[[name]]
  }
  quietly(make_problem(
    arguments$formula, data, k, arguments$gate,
    given("covariance", "full"), given("shared", FALSE),
    weighted || !is.null(arguments$weights),
    sgmoe_control(ridge = given("ridge", 0)),
    family = given("family", family)
  ))
}

#' The objective of a problem at parameters, by the slow twin, on the user's
#' scale
objective_by_hand <- function(problem, parameters) {
  reference_objective(problem$data, problem$model, parameters) +
    scale_constant(problem$spec, problem$weight)
}

#' No run from a random case goes down, by any of the `settings`; things that can
#' go wrong happen more `often` than that
#'
#' @param with What is done to a problem first.
expect_ascent <- function(case, settings, seeds, often = NULL,
                          with = identity) {
  seen <- 0 * case$provoked_often
  # (An expectation for each of some thousand runs would take longer than they do.)
  wrong <- character()
  for (seed in seeds) {
    random <- case$random_case(seed)
    problem <- problem_of(
      random$data, random$arguments,
      weighted = random$weighted
    )
    problem <- with(problem)
    # Of terms that are large against their sum
    rounding <- if (is.null(case$row_size)) {
      0
    } else {
      1e-13 * case$row_size(problem)
    }
    for (i in seq_len(nrow(settings))) {
      problem$method <- settings$method[[i]]
      # Few passes: a fall comes early or when little is left to gain.
      run <- run_core(problem, list(posterior = random$start), sgmoe_control(
        curvature = settings$curvature[[i]], max_passes = 60,
        acceleration = settings$acceleration[[i]],
        ridge = problem$spec$ridge
      ))
      least <- min(diff(run$trace), 0) / problem$weight
      holds <- c(
        "never falls" = least >= -1e-10 - rounding,
        "ends at the objective of what is returned" =
          identical(run$trace[[length(run$trace)]], run$objective),
        "has finite parameters" = all(is.finite(unlist(run$parameters))),
        "has a finite objective" = run$reason != "non_finite"
      )
      if (!all(holds %in% TRUE)) {
        wrong <- c(wrong, paste(
          c(settings[i, ], "data set", seed, "not:", names(holds)[!holds %in% TRUE]),
          collapse = " "
        ))
      }
      seen <- seen + case$provoked(run, problem$weight)[names(seen)]
    }
  }
  expect_identical(wrong, character())
  # What can go wrong did occur.
  for (what in names(often)) {
    expect_gt(seen[[what]], often[[what]], label = what)
  }
}

#' Has the response units? Then the family has a basis for it.
is_in_units <- function(case) {
  basis <- problem_of(
    case$good()$data, list(formula = y ~ x1), 1,
    family = case$name
  )$spec$basis$response
  any(basis$scale != 1)
}

#' Gate (n x K), experts' means (n x q x K) and log-densities (n x K) from nothing
#' but coef()
predictions_by_hand <- function(case, fit, data, arguments) {
  right <- if (is.null(arguments$formula)) {
    ~ x1 + x2 + f
  } else {
    arguments$formula[-2L]
  }
  z <- stats::model.matrix(right, data)
  x <- if (is.null(arguments$gate)) {
    z
  } else {
    stats::model.matrix(arguments$gate, data)
  }
  offset <- stats::model.offset(stats::model.frame(right, data))
  if (!is.null(arguments$offset)) {
    offset <- eval(arguments$offset, data)
  }
  gate <- cbind(0, matrix(
    x %*% matrix(coef(fit, "gate"), ncol(x)), nrow(x)
  ))
  c(
    list(gate = softmax_rows(gate)),
    case$experts_by_hand(fit, data, z, offset)
  )
}

#' Logits moved by a step in all columns but the last, in sum-zero form
move_logits <- function(logits, step) {
  logits[, -ncol(logits)] <- logits[, -ncol(logits)] + step
  logits - rowMeans(logits)
}

#' A fit of an entry's rows, after a few passes
predicted <- function(case, formula = y ~ x1 + x2 + f, ..., k = 2, data = case$rows(250)) {
  arguments <- list(
    formula,
    k = k, family = case$name, start = random_posterior(nrow(data), k),
    max_passes = 25, ridge = 0.1
  )
  quietly(call_sgmoe(data, utils::modifyList(arguments, list(...))))
}
