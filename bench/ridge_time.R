# What finding the ridge costs: the time of a default fit in terms of that of a fit
# with the ridge that it found, on simulated rows of each family.
#
#   Rscript bench/ridge_time.R
#
# (With a fixed ridge Gaussian experts have a quick search, too, for the centre of the
# variance prior: their ratio is less.) Both are measured in turn, and the least of their
# processor times counts. Writes bench/ridge_time.csv: seconds, and `ratio`.
source("bench/lib/common.R")

rows_of <- function(n, family) {
  set.seed(n)
  x <- matrix(rnorm(n * 5), n)
  first <- runif(n) < plogis(2 * x[, 1])
  y <- switch(family,
    gaussian = ifelse(first, 1 + x[, 2], -1 - x[, 3]) + rnorm(n) / 2,
    multinomial = factor(letters[
      1 + (runif(n) < plogis(ifelse(first, 2, -2) * x[, 2])) +
        (runif(n) < plogis(x[, 3]))
    ]),
    poisson = rpois(n, exp(ifelse(first, x[, 2] / 2, 1 - x[, 3] / 2)))
  )
  data.frame(y, x)
}

turns <- if (quick) 1 else 5
table <- NULL
for (family in c("gaussian", "multinomial", "poisson")) {
  for (n in if (quick) 200 else c(200, 1000, 5000, 10000, 50000)) {
    data <- rows_of(n, family)
    fit <- NULL
    seconds <- function(ridge) {
      set.seed(1)
      gc(FALSE)
      sum(system.time(
        fit <<- suppressMessages(sgmoe(y ~ ., data, k = 2, family = family, ridge = ridge))
      )[1:2])
    }
    seconds("auto")
    ridge <- max(fit$ridge)
    times <- vapply(seq_len(turns), function(i) {
      c(default = seconds("auto"), fixed = seconds(ridge))
    }, c(default = 0, fixed = 0))
    least <- apply(times, 1L, min)
    table <- rbind(table, data.frame(
      family, n,
      default = least[["default"]], fixed = least[["fixed"]],
      ratio = least[["default"]] / least[["fixed"]], row.names = NULL
    ))
  }
}
save_table(table, "ridge_time")
print(format(table, digits = 3), row.names = FALSE)
