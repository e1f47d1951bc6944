# Methods of fits of any family, as users of lm() and glm() expect them
# (helper-families.R).

described_fits <- function(case, ...) {
  set.seed(61)
  data <- case$rows(150)
  fits <- lapply(case$predicted, function(arguments) {
    arguments$k <- NULL
    quietly(call_sgmoe(data, arguments, list(
      formula = if (is.null(arguments$formula)) y ~ x1 + x2 + f, k = 2,
      family = case$name, start = random_posterior(150, 2), max_passes = 20,
      ridge = 0.1, ...
    )[if (is.null(arguments$formula)) TRUE else -1L]))
  })
  list(data = data, fits = fits, arguments = case$predicted)
}

test_families("likelihood statistics agree with each other", function(case) {
  described <- described_fits(case)
  for (i in seq_along(described$fits)) {
    fit <- described$fits[[i]]
    weighted <- !is.null(described$arguments[[i]]$weights)
    w <- if (weighted) described$data$w else rep(1, 150)
    value <- logLik(fit)
    expect_s3_class(value, "logLik")
    expect_equal(c(value), sum(w * predict(fit, type = "logdensity")))
    df <- attr(value, "df")
    # A ridge takes a little of the slopes.
    expect_lt(df, length(coef(fit)) + 1e-9)
    expect_gt(df, 1)
    expect_identical(fit$df, df)
    expect_equal(nobs(fit), sum(w))
    expect_equal(attr(value, "nobs"), sum(w))
    expect_equal(deviance(fit), -2 * c(value))
    expect_equal(df.residual(fit), sum(w) - df)
    expect_equal(AIC(fit), -2 * c(value) + 2 * df)
    expect_equal(BIC(fit), -2 * c(value) + log(sum(w)) * df)
    posterior <- predict(fit, type = "posterior")
    entropy <- -sum(w * ifelse(posterior > 0, posterior * log(posterior), 0))
    expect_equal(
      summary(fit)$ICL, BIC(fit) + 2 * entropy,
      tolerance = 1e-9
    )
    # The penalty is in the objective, not in the likelihood.
    # Less the ridge and the priors; that on variances may be negative.
    expect_equal(
      fit$objective,
      c(value) - reference_prior(fit$parameters, spec_model(fit$spec)),
      tolerance = 1e-8
    )
  }
})

test_families("without a ridge every coefficient is a degree of freedom", function(case) {
  good <- case$good()
  fit <- precise(case, good)
  expect_equal(attr(logLik(fit), "df"), length(coef(fit)), tolerance = 1e-6)
  smaller <- precise(case, good, ridge = 1)
  expect_lt(smaller$df, fit$df)
  # Intercepts and scales have none of it.
  slopes <- !grepl("(Intercept)", names(coef(fit)), fixed = TRUE) &
    !grepl("(sigma)", names(coef(fit)), fixed = TRUE)
  expect_gt(smaller$df, sum(!slopes))
})

test_families("coefficients come in parts", function(case) {
  for (fit in described_fits(case)$fits) {
    parts <- lapply(c("gate", "expert", "scale"), coef, object = fit)
    expect_identical(coef(fit), do.call(c, parts))
    expect_identical(coef(fit, "all"), coef(fit))
    columns <- colnames(model.matrix(fit, "gate"))
    expect_named(parts[[1L]], paste0("gate2:", columns))
    columns <- colnames(model.matrix(fit, "expert"))
    pattern <- "^expert([12])(\\[.*\\])?:"
    expect_match(names(parts[[2L]]), pattern)
    expect_identical(
      sub(pattern, "", names(parts[[2L]])),
      rep(columns, length.out = length(parts[[2L]]))
    )
    expect_identical(
      sub(paste0(pattern, ".*"), "\\1", names(parts[[2L]])),
      rep(c("1", "2"), each = length(parts[[2L]]) / 2)
    )
    expect_false(anyDuplicated(names(coef(fit))) > 0)
    class_condition(coef(fit, "gates"), "error", "argument")
  }
})

test_families("formula, terms, model frame and matrix are those of the parts", function(case) {
  set.seed(62)
  data <- case$rows(120)
  fit <- function(...) {
    quietly(call_sgmoe(data, list(
      y ~ x1 * f,
      gate = ~ v + f, family = case$name, ridge = 0.1, max_passes = 10, ...
    )))
  }
  two <- fit(
    k = 2, weights = quote(w), start = random_posterior(120, 2)
  )
  expect_equal(formula(two), y ~ x1 * f, ignore_formula_env = TRUE)
  expect_equal(formula(two, "gate"), ~ v + f, ignore_formula_env = TRUE)
  expect_s3_class(terms(two), "terms")
  expect_identical(attr(terms(two), "term.labels"), c("x1", "f", "x1:f"))
  expect_identical(attr(terms(two, "gate"), "term.labels"), c("v", "f"))
  class_condition(terms(two, "both"), "error", "argument")
  frame <- model.frame(two)
  expect_identical(nrow(frame), 120L)
  expect_identical(frame$y, data$y)
  expect_true(all(c("y", "x1", "f", "v") %in% names(frame)))
  expect_identical(unname(weights(two)), data$w)
  expect_null(weights(fit(k = 1)))
  bare <- function(x) {
    attributes(x) <- attributes(x)[c("dim", "dimnames")]
    x
  }
  expect_identical(
    bare(model.matrix(two)), bare(model.matrix(~ x1 * f, data))
  )
  expect_identical(
    bare(model.matrix(two, "gate")), bare(model.matrix(~ v + f, data))
  )
})

test_families("what needs the data says so where they were not kept", slow = TRUE, function(case) {
  some <- seq_len(min(3L, length(case$predicted)))
  fits <- described_fits(case)$fits[some]
  bare <- described_fits(case, model = FALSE)$fits[some]
  for (i in seq_along(fits)) {
    for (method in list(
      model.frame, model.matrix, weights, fitted, residuals
    )) {
      expect_match(
        class_condition(method(bare[[i]]), "error", "no_model"), "model = TRUE"
      )
    }
    class_condition(augment(bare[[i]]), "error", "no_model")
    expect_equal(coef(bare[[i]]), coef(fits[[i]]))
    expect_equal(nobs(bare[[i]]), nobs(fits[[i]]))
  }
})

test_families("update() changes formula, k, weights and settings", slow = TRUE, function(case) {
  set.seed(63)
  d <- case$rows(120)
  family <- case$name
  again <- function(...) {
    set.seed(4)
    quietly(update(...))
  }
  fresh <- function(...) {
    set.seed(4)
    quietly(sgmoe(..., family = family, starts = 1, ridge = 0.1))
  }
  set.seed(4)
  fit <- quietly(
    sgmoe(y ~ x1, d, k = 2, family = family, starts = 1, ridge = 0.1)
  )
  same <- function(one, other) expect_equal(coef(one), coef(other))
  same(again(fit, . ~ . + v), fresh(y ~ x1 + v, d, k = 2))
  same(again(fit, k = 1), fresh(y ~ x1, d, k = 1))
  same(again(fit, weights = w), fresh(y ~ x1, d, k = 2, weights = w))
  same(again(fit, gate = ~v), fresh(y ~ x1, d, k = 2, gate = ~v))
  expect_identical(again(fit, ridge = 1)$control$ridge, 1)
  expect_identical(
    deparse1(formula(again(fit, . ~ . + x2))), "y ~ x1 + x2"
  )
  expect_identical(update(fit, . ~ v, k = 3, evaluate = FALSE)$k, 3)
  # In a function, the data are found where update() is called, or where they
  # were.
  in_function <- function() {
    local_data <- d[1:60, ]
    fit <- quietly(sgmoe(
      y ~ x1, local_data,
      k = 2, family = family, starts = 1, ridge = 0.1
    ))
    list(fit, update(fit, . ~ v, k = 1))
  }
  inside <- in_function()
  expected <- fresh(y ~ v, d[1:60, ], k = 1)
  same(inside[[2L]], expected)
  class_condition(update(inside[[1L]], . ~ . + z), "error", "missing_column")
  same(again(inside[[1L]], k = 1), fresh(y ~ x1, d[1:60, ], k = 1))
})

test_families("tidy, glance and augment are the fit in rows", function(case) {
  described <- described_fits(case)
  for (i in seq_along(described$fits)) {
    fit <- described$fits[[i]]
    # (Short fits to noise: the information need not be positive.)
    tidied <- suppressWarnings(
      tidy(fit),
      classes = paste0("sgmoe_warning_", c("standard_errors", "ill_conditioned"))
    )
    expect_named(tidied, c(
      "term", "component", "expert", "response", "estimate", "std.error",
      "statistic", "p.value"
    ))
    expect_identical(tidied$term, names(coef(fit)))
    expect_identical(tidied$estimate, unname(coef(fit)))
    parts <- c("gate", "expert", "scale")
    sizes <- lengths(lapply(parts, coef, object = fit))
    expect_identical(tidied$component, rep(parts, sizes))
    numbers <- sub("^(gate|expert)([0-9]+).*|.*", "\\2", tidied$term)
    expect_identical(tidied$expert, as.integer(numbers))
    expect_true(all(is.na(tidied$response[tidied$component == "gate"])))
    named <- tidied$response[tidied$component == "expert"]
    expect_true(all(named %in% fit$responses))
    # What stands in brackets is the response.
    inside <- sub("^expert[0-9]+\\[(.*)\\]:.*|.*", "\\1", tidied$term)
    bracket <- nzchar(inside) & tidied$component == "expert"
    expect_identical(tidied$response[bracket], inside[bracket])

    glanced <- glance(fit)
    expect_identical(nrow(glanced), 1L)
    expect_equal(
      unlist(glanced[c("k", "logLik", "AIC", "BIC", "ICL", "df", "nobs")]),
      c(
        k = 2, logLik = c(logLik(fit)), AIC = AIC(fit), BIC = BIC(fit),
        ICL = summary(fit)$ICL, df = fit$df, nobs = nobs(fit)
      )
    )
    expect_identical(glanced$reason, fit$reason)
    expect_identical(glanced$converged, fit$converged)

    q <- length(fit$responses)
    .fitted <- if (q == 1) ".fitted" else paste0(".fitted_", fit$responses)
    shares <- function(kind) paste0(kind, "_", 1:2)
    augmented <- augment(fit)
    expect_identical(nrow(augmented), 150L)
    expect_true(all(c(
      names(fit$model)[[1L]], .fitted, shares(".gate"), shares(".posterior"),
      ".expert"
    ) %in% names(augmented)))
    values <- function(table, columns) unname(as.matrix(table[columns]))
    expect_equal(values(augmented, .fitted), unname(as.matrix(fitted(fit))))
    expect_equal(
      values(augmented, shares(".gate")), unname(predict(fit, type = "gate"))
    )
    posterior <- predict(fit, type = "posterior")
    expect_equal(values(augmented, shares(".posterior")), unname(posterior))
    expect_identical(augmented$.expert, unname(max.col(posterior, "first")))
    if (has_part(fit, "classify")) {
      expect_identical(
        augmented$.class, unname(predict(fit, type = "class"))
      )
    }
    # Without the response, what needs it is left out.
    new <- described$data[3:5, setdiff(
      names(described$data), all.vars(formula(fit)[[2L]])
    )]
    without <- augment(fit, newdata = new)
    expect_equal(values(without, .fitted), values(augmented[3:5, ], .fitted))
    expect_false(any(
      c(shares(".posterior"), ".expert", ".resid") %in% names(without)
    ))
    # Its own columns are replaced.
    once <- augment(fit, newdata = described$data)
    expect_identical(augment(fit, newdata = once), once)
    class_condition(tidy(fit, se = TRUE), "error", "unsupported")
  }
})

test_families("residuals are what was observed less what is fitted", function(case) {
  described <- described_fits(case)
  for (fit in described$fits) {
    q <- length(fit$responses)
    observed <- case$observed(fit, described$data)
    response <- residuals(fit)
    expect_identical(response, residuals(fit, "response"))
    expect_equal(
      unname(as.matrix(response)), observed - unname(as.matrix(fitted(fit))),
      tolerance = 1e-12
    )
    for (type in residual_types(fit)) {
      value <- residuals(fit, type)
      # Of classes some are one number a row.
      wide <- q > 1 && (!has_part(fit, "classify") ||
        type %in% c("response", "pearson"))
      expect_identical(dim(value), if (wide) c(150L, q))
      expect_identical(NROW(value), 150L)
      expect_true(all(is.finite(value)))
      if (wide) expect_identical(colnames(value), fit$responses)
    }
    class_condition(residuals(fit, "unheard_of"), "error", "argument")
  }
})

test_families("print and summary show the model and what was found", function(case) {
  for (fit in described_fits(case)$fits) {
    title <- families[[case$name]]$title
    text <- paste(capture.output(shown <- withVisible(print(fit))), collapse = "\n")
    expect_false(shown$visible)
    expect_identical(shown$value, fit)
    expect_match(text, paste("Mixture of 2", title, "experts"), fixed = TRUE)
    expect_match(text, "expert2", fixed = TRUE)
    expect_match(text, "og-likelihood")
    s <- summary(fit)
    expect_s3_class(s, "summary.sgmoe")
    expect_equal(sum(s$experts$gate_share), 1)
    expect_equal(sum(s$experts$weight), nobs(fit))
    expect_equal(unname(as.vector(s$gate)), unname(coef(fit, "gate")))
    expect_equal(unname(as.vector(s$expert)), unname(coef(fit, "expert")))
    expect_equal(c(s$AIC, s$BIC), c(AIC(fit), BIC(fit)))
    printed <- paste(capture.output(print(s)), collapse = "\n")
    expect_match(printed, title, fixed = TRUE)
    expect_match(printed, "expert2", fixed = TRUE)
  }
})
