# Two builds of the package against each other, in one interleaved run:
#
#   Rscript bench/compare.R old_library new_library
#
# Both are called through the public interface alone, each in processes of its
# own, turn by turn, so that what else the machine does meets both alike. The
# time of a pass is the difference of a long and a short fit from the same
# posterior, which leaves formula, design and set-up out. Writes
# bench/compare.csv: seconds per pass and their ratio, new over old.

sizes <- data.frame(
  family = rep(c("gaussian", "multinomial"), c(4, 2)),
  n = c(2e4, 2e4, 2e4, 5e3, 2e4, 2e4),
  columns = c(6, 11, 31, 101, 6, 11), k = c(3, 5, 8, 4, 3, 3)
)
curvatures <- c("bound", "fisher")

one_turn <- function() {
  suppressMessages(library(sgmoe))
  seconds <- numeric()
  for (i in seq_len(nrow(sizes))) {
    size <- sizes[i, ]
    set.seed(1)
    x <- matrix(rnorm(size$n * (size$columns - 1)), size$n)
    y <- drop(x %*% rnorm(size$columns - 1)) * sign(x[, 1]) + rnorm(size$n)
    if (size$family == "multinomial") {
      y <- cut(y, quantile(y, 0:3 / 3), labels = FALSE, include.lowest = TRUE)
      y <- factor(y)
    }
    data <- data.frame(y, x)
    posterior <- matrix(rexp(size$n * size$k), size$n)
    for (curvature in curvatures) {
      time <- function(passes) {
        min(vapply(1:4, function(i) {
          gc(FALSE)
          begin <- proc.time()[["elapsed"]]
          fit <- suppressWarnings(sgmoe(
            y ~ ., data,
            k = size$k, start = posterior, ridge = 1,
            max_passes = passes, tolerance = 1e-300,
            acceleration = "none", curvature = curvature
          ))
          stopifnot(fit$passes == passes)
          proc.time()[["elapsed"]] - begin
        }, 0))
      }
      seconds <- c(seconds, (time(42) - time(2)) / 40)
    }
  }
  cat(seconds, "\n")
}

arguments <- commandArgs(TRUE)
if (length(arguments) == 1L) {
  .libPaths(c(arguments, .libPaths()))
  one_turn()
  quit()
}
if (length(arguments) != 2L) {
  message("compare.R needs two libraries; nothing to do.")
  quit()
}

turn <- function(library) {
  output <- system2("Rscript", c("bench/compare.R", shQuote(library)),
    stdout = TRUE
  )
  scan(text = tail(output, 1), quiet = TRUE)
}
turns <- lapply(1:5, function(i) lapply(arguments, turn))
least <- lapply(1:2, function(which) {
  do.call(pmin, lapply(turns, `[[`, which))
})
table <- sizes[rep(seq_len(nrow(sizes)), each = length(curvatures)), ]
table$curvature <- rep(curvatures, nrow(sizes))
table$old <- signif(least[[1]], 4)
table$new <- signif(least[[2]], 4)
table$ratio <- round(least[[2]] / least[[1]], 3)
print(table, row.names = FALSE)
write.csv(table, "bench/compare.csv", row.names = FALSE)
