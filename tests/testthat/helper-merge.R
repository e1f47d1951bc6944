# The merging of experts by its formulas, in plain R from nothing but coef() and
# the data: what the dendrograms of the package are compared with.
#
# An atom is list(family, log_weight, w0, gate) and what the family has beside
# (`atoms` of its entry, helper-families.R):
# read(coefficients, expert, z, fit)   from coefficients by name; z are columns
# write(atom, expert, z, fit)          and back
# standardise(atom, x, y), restore(atom, x, y)    to and from standard columns
# difference(one, other)               what adds to the gate's squared distance
# density(atom, z, y, fit)             logarithms, one for each row
# scales(moments, intercept, fit)                of the response

# Data off the centre and in different units, so that bases differ.
merge_data <- function(n = 150, seed = 1) {
  set.seed(seed)
  data <- random_data(n, 2)
  data$x1 <- 3 + 2 * data$x1
  data$x2 <- -1 + 0.3 * data$x2
  data$y1 <- 10 + 5 * data$y1
  data$y2 <- 0.2 * data$y2
  data$g <- factor(sample(c("a", "b", "c"), n, TRUE))
  with_columns(data)
}

# A fit that is far from any optimum: formulas hold everywhere.
rough_fit <- function(formula, data, k = 5, ..., passes = 3, ridge = 0) {
  start <- random_posterior(nrow(data), k, 3)
  may_go_on(quietly(sgmoe(
    formula, data, k,
    start = start, max_passes = passes, ridge = ridge, ...
  )))
}

# Walks keep to the settings of the fit, but not to those that made it rough.
may_go_on <- function(fit) {
  fit$control$max_passes <- sgmoe_control()$max_passes
  fit
}

# Rough fits of an entry's `merges`, by name; `data` as merge_data().
merge_fits <- function(case, data = merge_data(), ...) {
  set.seed(3)
  lapply(case$merges, function(arguments) {
    eval(as.call(c(quote(rough_fit), arguments, list(
      data = quote(data), family = case$name, ...
    ))))
  })
}

# The fit with given coefficients: one pass evaluates and does not move.
fit_at <- function(formula, data, coefficients, k, ..., ridge = 0) {
  may_go_on(quietly(sgmoe(
    formula, data, k,
    start = coefficients, max_passes = 1, ridge = ridge, ...
  )))
}

# From a path to its criteria; warnings about its last fit are not at issue.
select_quietly <- function(...) {
  suppressWarnings(
    quietly(select_experts(...)),
    classes = "sgmoe_warning_largest_k"
  )
}

# Atoms on the user's scale ----------------------------------------------------

hand_part <- function(x, part) {
  family_cases[[x$family]]$atoms[[part]]
}

hand_atoms <- function(coefficients, fit) {
  x <- colnames(model.matrix(fit, "gate"))
  z <- colnames(model.matrix(fit, "expert"))
  k <- sum(grepl("^gate.*\\(Intercept\\)$", names(coefficients))) + 1L
  lapply(seq_len(k), function(i) {
    gate <- if (i == 1L) {
      numeric(length(x))
    } else {
      coefficients[paste0("gate", i, ":", x)]
    }
    names(gate) <- x
    c(
      list(
        family = fit$family, w0 = gate[[which(x == "(Intercept)")]],
        gate = gate[x != "(Intercept)"]
      ),
      hand_part(fit, "read")(coefficients, paste0("expert", i), z, fit)
    )
  })
}

# Coefficients as coef() has them; each by its name.
hand_coefficients <- function(atoms, fit) {
  x <- colnames(model.matrix(fit, "gate"))
  z <- colnames(model.matrix(fit, "expert"))
  result <- numeric()
  put <- function(names, values) {
    result[names] <<- values
  }
  for (i in seq_along(atoms)) {
    atom <- atoms[[i]]
    if (i > 1L) {
      put(paste0("gate", i, ":(Intercept)"), atom$w0 - atoms[[1L]]$w0)
      put(
        paste0("gate", i, ":", setdiff(x, "(Intercept)"), recycle0 = TRUE),
        atom$gate - atoms[[1L]]$gate
      )
    }
    own <- hand_part(fit, "write")(atom, paste0("expert", i), z, fit)
    put(names(own), own)
  }
  result
}

# Standard columns -------------------------------------------------------------

# Weighted means and standard deviations; no mean is taken off where there is no
# intercept to take it up.
hand_scales <- function(fit) {
  moments <- function(values, intercept) {
    values <- as.matrix(values)
    weights <- if (is.null(weights(fit))) rep(1, nrow(values)) else weights(fit)
    mean <- colSums(weights * values) / sum(weights)
    square <- colSums(weights * (values - rep(mean, each = nrow(values)))^2)
    list(
      centre = mean * intercept, scale = sqrt(square / sum(weights))
    )
  }
  slopes <- function(part) {
    values <- model.matrix(fit, part)
    intercept <- "(Intercept)" %in% colnames(values)
    own <- moments(
      values[, colnames(values) != "(Intercept)", drop = FALSE], intercept
    )
    own$intercept <- intercept
    own
  }
  expert <- slopes("expert")
  list(
    gate = slopes("gate"), expert = expert,
    response = hand_part(fit, "scales")(moments, expert$intercept, fit)
  )
}

# The atom on standard columns.
hand_standardise <- function(atom, scales) {
  atom$w0 <- atom$w0 + sum(atom$gate * scales$gate$centre)
  atom$gate <- atom$gate * scales$gate$scale
  hand_part(atom, "standardise")(atom, scales$expert, scales$response)
}

# And back.
hand_restore <- function(atom, scales) {
  atom$gate <- atom$gate / scales$gate$scale
  atom$w0 <- atom$w0 - sum(atom$gate * scales$gate$centre)
  hand_part(atom, "restore")(atom, scales$expert, scales$response)
}

# Coefficients at a level with its experts in the order of the merges. (coef()
# puts them in that of their gate probabilities, where these are known.)
merge_coef <- function(tree, k) {
  tree$levels <- lapply(tree$levels, function(level) {
    level$gate_share <- NULL
    level
  })
  coef(tree, k)
}
