# Atoms of multinomial experts by their formulas (helper-merge.R): `logit`, rows
# of the design x classes, in its sum-zero form.

class_atoms <- list(
  read = function(coefficients, expert, z, fit) {
    logit <- vapply(fit$responses[-1L], function(class) {
      coefficients[paste0(expert, "[", class, "]:", z)]
    }, numeric(length(z)))
    logit <- cbind(0, matrix(logit, length(z)))
    list(logit = logit - rowMeans(logit))
  },
  write = function(atom, expert, z, fit) {
    result <- numeric()
    for (m in seq_along(fit$responses)[-1L]) {
      result[paste0(expert, "[", fit$responses[[m]], "]:", z)] <-
        atom$logit[, m] - atom$logit[, 1L]
    }
    result
  },
  standardise = function(atom, x, y) {
    slope <- if (x$intercept) atom$logit[-1L, , drop = FALSE] else atom$logit
    atom$logit <- rbind(
      if (x$intercept) atom$logit[1L, ] + colSums(slope * x$centre),
      slope * x$scale
    )
    atom
  },
  restore = function(atom, x, y) {
    slope <- if (x$intercept) atom$logit[-1L, , drop = FALSE] else atom$logit
    slope <- slope / x$scale
    atom$logit <- rbind(
      if (x$intercept) atom$logit[1L, ] - colSums(slope * x$centre), slope
    )
    atom
  },
  difference = function(one, other) sum((one$logit - other$logit)^2),
  density = function(atom, z, y, fit) {
    logit <- z %*% atom$logit
    (logit - reference_log_sum_exp(logit))[
      cbind(seq_len(nrow(z)), match(y, fit$responses))
    ]
  },
  scales = function(moments, intercept, fit) list(centre = 0, scale = 1)
)
