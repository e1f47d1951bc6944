# One call of each entry point of src/, on few rows, for valgrind:
#
#   R -d "valgrind --log-file=LOG" --vanilla -f tests/valgrind/entries.R
#
# (`sh tests/valgrind/run.sh` does that and reads the log.) Says which entry
# points no call has reached; there ought to be none.

library(sgmoe)
space <- asNamespace("sgmoe")
entries <- grep("^core_", ls(space), value = TRUE)
entries <- entries[vapply(entries, function(name) {
  any(grepl("^_sgmoe_", all.names(body(get(name, space)))))
}, NA)]
reached <- character()
for (name in entries) {
  local({
    own <- name
    work <- get(own, space)
    counted <- work
    body(counted) <- bquote({
      (.(function() reached <<- union(reached, own)))()
      .(body(work))
    })
    utils::assignInNamespace(own, counted, "sgmoe")
  })
}
quiet <- function(expression) suppressWarnings(suppressMessages(expression))

set.seed(1)
data <- simulate_moe(80, k = 2, p = 1)
data$c <- factor(c("p", "q", "r")[1 + (data$x1 > 0) + (data$y > 1)])
data$n <- rpois(80, exp(data$x1 / 2))

fits <- quiet(list(
  sgmoe(y ~ x1, data, k = 2, starts = 1, ridge = 0.1, max_passes = 5),
  sgmoe(cbind(y, x1) ~ 1, data, k = 2, starts = 1, ridge = 0.1, max_passes = 5),
  sgmoe(c ~ x1, data, k = 2, starts = 1, ridge = 0.1, max_passes = 5),
  sgmoe(
    n ~ x1, data,
    k = 2, family = "poisson", starts = 1, ridge = 0.1, max_passes = 5
  )
))
for (fit in fits) {
  quiet(predict(fit, data, type = "logdensity"))
  quiet(vcov(fit, type = "sandwich"))
  quiet(sandwich::estfun(fit))
  quiet(summary(fit))
  quiet(expert_dendrogram(fit))
  quiet(expert_dendrogram(fit, refine = FALSE))
}
fit <- quiet(sgmoe(y ~ x1, data, k = 2, starts = 1, ridge = "auto"))
interval <- quiet(confint(fit, "expert1:x1", method = "profile"))
many <- quiet(sgmoe(y ~ x1, data, k = 4, starts = 1, ridge = 0.1, max_passes = 5))
tree <- quiet(expert_dendrogram(many, dissimilarity = "likelihood"))
# Only tests call this one.
model <- space$spec_model(fit$spec)
theta <- space$core_unpack(model, space$core_pack(model, fit$parameters))

for (formula in list(y ~ x1, c ~ x1)) {
  stream <- quiet(sgmoe_stream(
    formula, data[1:40, ],
    k = 2, starts = 1, ridge = 0.1, minibatch = 8, revive = TRUE
  ))
  for (i in 41:50) stream <- quiet(update(stream, data[i, ]))
  rows <- model.matrix(stream, data[51:60, ])
  response <- if (identical(formula, y ~ x1)) data$y else data$c
  for (i in 1:10) {
    stream <- quiet(update_matrix(stream, rows[i, , drop = FALSE], response[50L + i]))
  }
  shown <- coef(quiet(update(stream, data[61:80, ])))
}

aliased <- quiet(sgmoe(
  y ~ x1 + I(2 * x1), as_chunk_source(data, chunk = 30),
  k = 1, ridge = 0, weights = n + 1
))
log <- tempfile()
for (i in 1:2) {
  fit <- quiet(sgmoe(
    y ~ x1, as_chunk_source(data, chunk = 30),
    k = 2, start = fits[[1L]], ridge = 0.1, max_passes = 5, checkpoint = log
  ))
}
parts <- quiet(sgmoe(
  y ~ x1, partitions(list(data[1:40, ], data[41:80, ])),
  k = 2, start = fits[[1L]], ridge = 0.1, max_passes = 5
))

cat(length(reached), "of", length(entries), "entry points reached\n")
left <- setdiff(entries, reached)
if (length(left)) {
  cat("not reached:", left, "\n")
  quit(status = 1L)
}
