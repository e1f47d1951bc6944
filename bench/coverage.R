# Coverage of confidence intervals of the coefficients.
#
#   Rscript bench/coverage.R [setting ...]
#
# Each setting has a fixed truth, fixed here before anything was measured. Fits
# start from the truth's posterior, so that what is measured are intervals, not
# the search for the maximum, once without a ridge and once with the ridge by
# evidence, which is sought from that start. Experts get the truth's order by
# their agreement with it about the rows.
# SGMOE_FITS and SGMOE_REFITS set the number of fits of a setting (1000) and of
# refits of a bootstrap (199). Profiles and bootstraps are made of the first 200
# fits, where experts overlap.
#
# A row of the table: of the coefficients of gate, experts or scales, the share
# of 95 % intervals that cover the truth, their mean width, and the share of
# coefficients without an interval.

source("bench/lib/common.R")

fits <- as.integer(Sys.getenv("SGMOE_FITS", if (quick) "10" else "1000"))
refits <- as.integer(Sys.getenv("SGMOE_REFITS", if (quick) "19" else "199"))

clear <- list(
  gate = cbind(c(0, 1), c(0, -1)), mean = cbind(c(3, 1), c(-3, -1))
)
settings <- list(
  separated_500 = list(n = 500, truth = clear, sigma = c(1, 0.7)),
  separated_2000 = list(n = 2000, truth = clear, sigma = c(1, 0.7)),
  # Two lines that cross: most rows may be of either.
  overlap = list(
    n = 300, sigma = c(1, 1), slow = TRUE,
    truth = list(
      gate = cbind(c(0, 0.5), c(0, -0.5)), mean = cbind(c(1, 1), c(-1, 0))
    )
  ),
  counts = list(
    n = 1000, family = "poisson",
    truth = list(
      gate = cbind(c(0, 1), c(0, -1)), mean = cbind(c(2.5, 0.3), c(0.5, -0.3))
    )
  ),
  # The gate looks at one covariate, the classes at another, in opposite ways.
  classes = list(
    n = 3000, family = "multinomial",
    truth = list(
      gate = cbind(c(0, 1.5, 0), c(0, -1.5, 0)),
      mean = cbind(
        c(0, 0, 0), c(0.5, 0, 2.5), c(0, 0, -1),
        c(0, 0, 0), c(0, 0, -2.5), c(1, 0, 1)
      )
    )
  ),
  # The standard deviation grows with x1, the model has one an expert.
  misspecified = list(
    n = 1000, truth = clear, sigma = c(1, 0.7), spread = TRUE,
    types = c("bayes", "sandwich")
  )
)

covariates <- function(setting) nrow(setting$truth$gate) - 1

draw_case <- function(setting, seed, n = setting$n) {
  set.seed(seed)
  arguments <- list(
    n, 2,
    p = covariates(setting), gate = setting$truth$gate, mean = setting$truth$mean,
    family = setting$family, sigma = setting$sigma
  )
  data <- do.call(simulate_moe, Filter(Negate(is.null), arguments))
  expert <- attr(data, "truth")$expert
  if (isTRUE(setting$spread)) {
    centre <- rowSums(
      cbind(1, data$x1) * t(setting$truth$mean[, expert])
    )
    data$y <- centre + (data$y - centre) * exp(0.4 * data$x1)
  }
  list(data = data, expert = expert)
}

# The posterior's place is near the truth: its experts, a tenth of doubt.
start_of <- function(expert) {
  0.1 + 0.8 * cbind(expert == 1, expert == 2)
}

fit_case <- function(case, setting, ridge) {
  fit <- suppressMessages(suppressWarnings(sgmoe(
    reformulate(paste0("x", seq_len(covariates(setting))), "y"), case$data,
    k = 2, family = setting$family, start = start_of(case$expert), ridge = ridge
  )))
  agreement <- crossprod(
    predict(fit, type = "posterior"), start_of(case$expert)
  )
  if (sum(diag(agreement)) < sum(agreement) / 2) relabel(fit, 2:1) else fit
}

# The truth in the order of coef()
true_coefficients <- function(setting) {
  own <- setting$truth
  gate <- own$gate[, 2] - own$gate[, 1]
  expert <- own$mean
  if (identical(setting$family, "multinomial")) {
    classes <- ncol(expert) / 2
    reference <- rep(c(1, 1 + classes), each = classes)
    expert <- (expert - expert[, reference])[, -c(1, 1 + classes)]
  }
  c(gate, expert, setting$sigma)
}

# What a wrong model comes to in many rows
pseudo_true <- function(setting) {
  case <- draw_case(setting, 1e6 + 1, if (quick) 2e4 else 1e6)
  coef(fit_case(case, setting, 0))
}

intervals_of <- function(fit, setting, seed, slow) {
  types <- if (is.null(setting$types)) "bayes" else setting$types
  found <- lapply(stats::setNames(nm = types), function(type) {
    suppressWarnings(confint(fit, type = type))
  })
  names(found) <- ifelse(types == "sandwich", "wald, sandwich", "wald")
  if (slow) {
    found[["profile"]] <- suppressWarnings(confint(fit, method = "profile"))
  }
  if (slow && refits > 0) {
    found[["bootstrap, weighted"]] <- tryCatch(
      confint(fit, method = "bootstrap", nsim = refits, seed = seed),
      error = function(error) NULL
    )
  }
  found
}

coverage_of <- function(name) {
  setting <- settings[[name]]
  truth <- if (isTRUE(setting$spread)) {
    pseudo_true(setting)
  } else {
    true_coefficients(setting)
  }
  rows <- list()
  for (seed in seq_len(fits)) {
    case <- draw_case(setting, seed)
    for (ridge in list(0, "auto")) {
      fit <- fit_case(case, setting, ridge)
      part <- suppressWarnings(tidy(fit))$component
      found <- intervals_of(
        fit, setting, seed, isTRUE(setting$slow) && seed <= 200
      )
      for (method in names(found)) {
        limits <- found[[method]]
        rows[[length(rows) + 1]] <- data.frame(
          method = method, ridge = as.character(ridge), part = part,
          covers = limits[, 1] <= truth & truth <= limits[, 2],
          width = limits[, 2] - limits[, 1], fit = seed
        )
      }
    }
    if (seed %% 50 == 0) message(name, ": ", seed)
  }
  rows <- do.call(rbind, rows)
  groups <- split(rows, rows[c("part", "ridge", "method")], drop = TRUE)
  do.call(rbind, lapply(groups, function(own) {
    data.frame(
      setting = name, n = setting$n, own[1, c("method", "ridge", "part")],
      coverage = mean(own$covers, na.rm = TRUE),
      width = mean(own$width, na.rm = TRUE), missing = mean(is.na(own$covers)),
      fits = length(unique(own$fit)), row.names = NULL
    )
  }))
}

asked <- commandArgs(TRUE)
if (length(asked) == 0) {
  asked <- names(settings)
}
table <- do.call(rbind, lapply(asked, coverage_of))
rownames(table) <- NULL
publish(table, "coverage", "Coverage of 95 % intervals")
