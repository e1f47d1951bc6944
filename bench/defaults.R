# What the defaults predict on real data, against maximum likelihood, one
# expert, the best fixed ridge of a grid, tuning, and what else there is.
#
#   Rscript bench/defaults.R [set ...]
#
# SGMOE_BENCH=continue keeps the sets that bench/defaults.csv has. Tuning is of
# the first split only, with a smaller table than by default: it takes longest,
# and SGMOE_TUNED=no leaves it out.
#
# Held-out log-density per row of three splits, two thirds for training. A peer
# without a density gets a Gaussian one with its out-of-fold residual variance
# (of a count: that of its unit interval); a forest's probabilities are mixed
# with one vote for all classes. Writes bench/defaults.csv, a row for each set
# and split, after every set; the lines at the end are the promises of the
# defaults. No times are taken, so that it may run beside other work.
source("bench/lib/common.R")
source("bench/lib/default_sets.R")
options(warn = -1)

grid <- c(0.01, 0.1, 0.3, 1, 3, 10)
tuning <- list(k = 1:3, ridge = c("auto", 0.1, 1, 10), starts = 5)
tune <- Sys.getenv("SGMOE_TUNED") != "no"
splits <- seq_len(if (quick) 1 else 3)

quiet <- function(expression) suppressMessages(expression)
has <- function(package) requireNamespace(package, quietly = TRUE)

kind_of_set <- function(set, data) {
  if (!is.null(set$family)) {
    return("counts")
  }
  if (is.factor(eval(set$formula[[2L]], data))) "classes" else "numbers"
}

# --- Peers --------------------------------------------------------------------

# Log-densities from means, of counts those of unit intervals.
gaussian_score <- function(y, mean, variance, kind) {
  sd <- sqrt(variance)
  if (kind == "counts") {
    upper <- pnorm(ifelse(y == 0, -1, 1) * (y + 0.5 - mean) / sd)
    return(log(pmax(ifelse(
      y == 0, 1 - upper, upper - pnorm((y - 0.5 - mean) / sd)
    ), 1e-300)))
  }
  dnorm(y, mean, sd, log = TRUE)
}

class_score <- function(y, probability) {
  log(probability[cbind(seq_along(y), match(as.character(y), colnames(probability)))])
}

two_classes <- function(p, levels) {
  matrix(c(1 - p, p), ncol = 2L, dimnames = list(NULL, levels))
}

# The covariates of a formula, under plain names.
new_columns <- function(formula, known, data) {
  data <- model.frame(delete.response(terms(formula, data = known)), data)
  attr(data, "terms") <- NULL
  stats::setNames(data, make.names(names(data)))
}

plain_peer <- function(formula, known, new, kind, y) {
  if (kind == "numbers") {
    fit <- lm(formula, known)
    return(gaussian_score(y, predict(fit, new), sigma(fit)^2, kind))
  }
  if (kind == "counts") {
    fit <- glm(formula, poisson, known)
    return(dpois(y, predict(fit, new, type = "response"), log = TRUE))
  }
  fit <- nnet::multinom(formula, known, trace = FALSE, maxit = 1000)
  p <- predict(fit, new, type = "probs")
  if (length(fit$lev) == 2L) p <- two_classes(p, fit$lev)
  class_score(y, rbind(p))
}

glmnet_peer <- function(formula, known, new, kind, y) {
  x <- model.matrix(formula, known)[, -1L, drop = FALSE]
  z <- model.matrix(formula, new)[, -1L, drop = FALSE]
  if (ncol(x) < 2L) {
    return(NA) # it wants two columns
  }
  own <- eval(formula[[2L]], known)
  if (is.factor(own)) own <- droplevels(own)
  family <- switch(kind,
    numbers = "gaussian",
    counts = "poisson",
    classes = "multinomial"
  )
  fit <- glmnet::cv.glmnet(x, own, family = family)
  p <- predict(fit, z, s = "lambda.min", type = "response")
  switch(kind,
    numbers = gaussian_score(y, p[, 1L], min(fit$cvm), kind),
    counts = dpois(y, p[, 1L], log = TRUE),
    classes = class_score(y, matrix(p, nrow(z), dimnames = dimnames(p)[1:2]))
  )
}

# Smooth terms of numeric columns with ten values or more.
gam_peer <- function(formula, known, new, kind, y) {
  if (kind == "classes" && nlevels(y) > 2L) {
    return(NA)
  }
  frame <- model.frame(formula, known)
  columns <- frame[-1L]
  terms <- vapply(names(columns), function(name) {
    x <- columns[[name]]
    name <- if (grepl("[^A-Za-z0-9._]", name)) paste0("`", name, "`") else name
    if (is.numeric(x) && length(unique(x)) >= 10) {
      sprintf("s(%s, k = %d)", name, min(10L, length(unique(x))))
    } else {
      name
    }
  }, "")
  terms <- gsub("`", "", terms)
  for (name in names(columns)) {
    terms <- sub(name, make.names(name), terms, fixed = TRUE)
  }
  own <- cbind(new_columns(formula, known, known), .y = frame[[1L]])
  family <- switch(kind,
    numbers = gaussian(),
    counts = poisson(),
    classes = binomial()
  )
  fit <- mgcv::gam(
    as.formula(paste(".y ~", paste(terms, collapse = " + "))), family, own,
    method = "REML"
  )
  p <- as.numeric(predict(fit, new_columns(formula, known, new), type = "response"))
  switch(kind,
    numbers = gaussian_score(y, p, fit$sig2, kind),
    counts = dpois(y, p, log = TRUE),
    classes = class_score(y, two_classes(p, levels(droplevels(frame[[1L]]))))
  )
}

ranger_peer <- function(formula, known, new, kind, y) {
  frame <- model.frame(formula, known)
  own <- frame[[1L]]
  fit <- ranger::ranger(
    x = new_columns(formula, known, known), y = if (is.factor(own)) droplevels(own) else own,
    probability = kind == "classes", num.threads = 1
  )
  p <- predict(fit, new_columns(formula, known, new), num.threads = 1)$predictions
  if (kind != "classes") {
    return(gaussian_score(y, p, fit$prediction.error, kind))
  }
  class_score(y, (500 * p + 1 / ncol(p)) / 501)
}

peers <- list(plain = plain_peer)
if (has("glmnet")) peers$glmnet <- glmnet_peer
if (has("mgcv")) peers$gam <- gam_peer
if (has("ranger")) peers$ranger <- ranger_peer

# --- Fits ---------------------------------------------------------------------

score_split <- function(set, split) {
  set.seed(100 + split)
  rows <- sample(nrow(set$data), round(2 * nrow(set$data) / 3))
  known <- set$data[rows, ]
  new <- set$data[-rows, ]
  kind <- kind_of_set(set, set$data)
  y <- eval(set$formula[[2L]], new)
  fit <- function(...) {
    arguments <- c(list(set$formula, known, ...), list(family = set$family))
    quiet(do.call(sgmoe, arguments[!vapply(arguments, is.null, NA)]))
  }
  score <- function(fit) mean(predict(fit, new, type = "logdensity"))
  default <- fit(k = 2)
  none <- fit(k = 2, ridge = 0, starts = 2)
  ridges <- vapply(grid, function(ridge) {
    score(fit(k = 2, ridge = ridge, starts = 2))
  }, 0)
  tuned <- if (split == 1 && tune) {
    quiet(do.call(tune_experts, c(
      list(set$formula, known), tuning, if (!is.null(set$family)) set["family"]
    )))
  }
  others <- vapply(peers, function(peer) {
    tryCatch(
      mean(peer(set$formula, known, new, kind, y)),
      error = function(error) NA_real_
    )
  }, 0)
  data.frame(
    set = set$name, kind = kind, split = split, rows = nrow(known),
    rows_per_parameter = nrow(known) / none$df,
    default = score(default), ridge = max(default$ridge), df = default$df,
    reason = default$reason, ridge_0 = score(none), reason_0 = none$reason,
    one = score(fit(k = 1)), grid_best = max(ridges),
    grid_ridge = grid[which.max(ridges)],
    tuned = if (is.null(tuned)) NA else score(tuned),
    tuned_k = if (is.null(tuned)) NA else tuned$k,
    tuned_ridge = if (is.null(tuned)) NA else max(tuned$ridge), t(others)
  )
}

sets <- default_sets()
asked <- commandArgs(TRUE)
if (length(asked)) {
  sets <- sets[asked]
} else if (quick) {
  sets <- sets[c("cars", "kyphosis")]
}
table <- NULL
if (identical(Sys.getenv("SGMOE_BENCH"), "continue")) {
  table <- read.csv("bench/defaults.csv")
  sets <- sets[setdiff(names(sets), table$set)]
}
for (set in sets) {
  table <- rbind(table, do.call(rbind, lapply(splits, score_split, set = set)))
  message(set$name)
  if (!length(asked)) save_table(table, "defaults")
}
print(format(table, digits = 3), row.names = FALSE)

# --- Promises -----------------------------------------------------------------

scores <- c("default", "ridge_0", "one", "grid_best", names(peers))
means <- aggregate(
  table[c("rows_per_parameter", scores)], table["set"], mean,
  na.rm = FALSE
)
enough <- means$rows_per_parameter >= 5
say <- function(what, sets) {
  cat(what, ": ", length(sets), " ", paste(sets, collapse = ", "), "\n", sep = "")
}
cat("\n", nrow(means), "sets,", nrow(table), "splits\n")
say(
  "Sets with five rows per parameter, default over 0.05 below one expert",
  means$set[enough & means$default < means$one - 0.05]
)
below <- table$default < table$ridge_0 - 0.05
say("Splits with default over 0.05 below ridge 0", table$set[below])
cat("Mean of default minus best of grid:", mean(table$default - table$grid_best), "\n")
say("Default fits that are separated", table$set[table$reason == "separated"])
first <- table[table$split == 1 & !is.na(table$tuned), ]
best <- do.call(pmax, c(first[names(peers)], list(na.rm = TRUE)))
say(
  "Tuned first or within 0.01 of the best peer, first split",
  first$set[first$tuned >= best - 0.01]
)
print(format(means, digits = 3), row.names = FALSE)
