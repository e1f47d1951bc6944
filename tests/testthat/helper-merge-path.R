# Distances of atoms, merges and likelihoods, by their formulas in plain R; see
# helper-merge.R.

hand_log_sum <- function(a, b) {
  pmax(a, b) + log1p(exp(-abs(a - b)))
}

hand_distance <- function(one, other) {
  # w v / (w + v); in logarithms, weights on the user's scale may be tiny.
  weight <- exp(one$log_weight + other$log_weight -
    hand_log_sum(one$log_weight, other$log_weight))
  weight * (sum((one$gate - other$gate)^2) +
    hand_part(one, "difference")(one, other))
}

hand_merge <- function(one, other) {
  total <- hand_log_sum(one$log_weight, other$log_weight)
  left <- exp(one$log_weight - total)
  right <- exp(other$log_weight - total)
  numbers <- setdiff(names(one), "family")
  merged <- Map(
    function(a, b) left * a + right * b, one[numbers], other[numbers]
  )
  merged$family <- one$family
  merged$log_weight <- total
  merged$w0 <- hand_log_sum(one$w0, other$w0)
  merged
}

hand_distances <- function(atoms) {
  distance <- matrix(Inf, length(atoms), length(atoms))
  for (j in seq_along(atoms)) {
    for (i in seq_len(j - 1L)) {
      distance[i, j] <- hand_distance(atoms[[i]], atoms[[j]])
    }
  }
  distance
}

# Atoms with their weights: exp(w0), or those given.
hand_weigh <- function(atoms, weight = NULL) {
  log_weight <- if (is.null(weight)) {
    vapply(atoms, `[[`, 0, "w0")
  } else {
    log(weight)
  }
  total <- reference_log_sum_exp(rbind(log_weight))
  Map(function(atom, own) {
    atom$log_weight <- own - total
    atom
  }, atoms, log_weight)
}

# Merges down to one. `levels` are atoms on the user's scale, from all to one.
hand_path <- function(fit, standardise = TRUE, weight = NULL) {
  scales <- hand_scales(fit)
  atoms <- hand_atoms(coef(fit), fit)
  levels <- list(atoms)
  if (standardise) {
    atoms <- lapply(atoms, hand_standardise, scales)
  }
  atoms <- hand_weigh(atoms, weight)
  members <- as.list(seq_along(atoms))
  parts <- list(members)
  height <- numeric()
  while (length(atoms) > 1L) {
    distance <- hand_distances(atoms)
    pair <- arrayInd(which.min(distance), dim(distance))
    height <- c(height, min(distance))
    atoms[[pair[[1L]]]] <- hand_merge(atoms[[pair[[1L]]]], atoms[[pair[[2L]]]])
    atoms <- atoms[-pair[[2L]]]
    members[[pair[[1L]]]] <- sort(unlist(members[pair]))
    members <- members[-pair[[2L]]]
    parts <- c(parts, list(members))
    levels <- c(levels, list(
      if (standardise) lapply(atoms, hand_restore, scales) else atoms
    ))
  }
  list(height = height, levels = levels, members = parts)
}

# Likelihoods ------------------------------------------------------------------

hand_gate <- function(atoms, fit) {
  x <- model.matrix(fit, "gate")
  x <- x[, colnames(x) != "(Intercept)", drop = FALSE]
  reference_softmax(matrix(vapply(atoms, function(atom) {
    drop(atom$w0 + x %*% atom$gate)
  }, numeric(nrow(x))), nrow(x)))
}

hand_density <- function(atom, fit) {
  hand_part(atom, "density")(
    atom, model.matrix(fit, "expert"), stats::model.response(fit$model), fit
  )
}

# log(pi_k f_k), a column for each expert
hand_joint <- function(atoms, fit) {
  density <- matrix(
    vapply(atoms, hand_density, numeric(nrow(fit$model)), fit),
    ncol = length(atoms)
  )
  log(hand_gate(atoms, fit)) + density
}

hand_log_likelihood <- function(atoms, fit) {
  weights <- if (is.null(weights(fit))) 1 else weights(fit)
  sum(weights * reference_log_sum_exp(hand_joint(atoms, fit)))
}

# Log-likelihoods from k to one, and DSC from one (NA) to k.
hand_criteria <- function(path, fit, standardise) {
  log_likelihood <- vapply(path$levels, hand_log_likelihood, 0, fit)
  n <- nobs(fit)
  # Densities on the standardised scale are larger by its units.
  units <- if (standardise) sum(log(hand_scales(fit)$response$scale)) else 0
  value <- log_likelihood + n * units
  list(
    log_likelihood = log_likelihood,
    dsc = rev(-(c(path$height, NA) + log(n) * value / n))
  )
}
