# How far parameters are from the truth, of the overfitted fit and after merging
# down to the true number of experts.

# A Voronoi-type error on the user's scale: each atom belongs to the true atom
# that is nearest; within a cell the excess of weight, and the atoms' distances
# from the true one, each times its weight. Gate slopes are compared up to a
# common shift.
voronoi_error <- function(coefficients, k, truth) {
  p <- nrow(truth$gate)
  take <- function(pattern) {
    matrix(coefficients[grepl(pattern, names(coefficients))], ncol = k)
  }
  gate <- cbind(0, matrix(
    coefficients[startsWith(names(coefficients), "gate")], p
  ))
  sigma <- take("^expert[0-9]+:[(]sigma[)]$")
  mean <- matrix(
    coefficients[grepl("^expert", names(coefficients)) &
      !grepl(":[(]sigma[)]$", names(coefficients))],
    ncol = k
  )
  atoms <- function(gate, mean, variance) {
    weight <- exp(gate[1L, ] - max(gate[1L, ]))
    weight <- weight / sum(weight)
    slope <- gate[-1L, , drop = FALSE]
    slope <- slope - drop(slope %*% weight)
    list(weight = weight, position = rbind(slope, mean, variance))
  }
  # Weights at the centre of the covariates, not at zero.
  centre <- function(gate) {
    gate[1L, ] <- gate[1L, ] + colSums(gate[-1L, , drop = FALSE]) / 2
    gate
  }
  fitted <- atoms(centre(gate), mean, sigma^2)
  true <- atoms(centre(truth$gate), truth$mean, truth$sigma^2)
  distance <- vapply(seq_along(true$weight), function(j) {
    sqrt(colSums((fitted$position - true$position[, j])^2))
  }, numeric(k))
  dim(distance) <- c(k, length(true$weight))
  cell <- max.col(-distance, "first")
  excess <- vapply(seq_along(true$weight), function(j) {
    abs(sum(fitted$weight[cell == j]) - true$weight[[j]])
  }, 0)
  sum(excess) + sum(fitted$weight * distance[cbind(seq_len(k), cell)])
}

run_error <- function(name, truth, n, seeds) {
  setting <- settings[[name]]
  do.call(rbind, lapply(seeds, function(seed) {
    set.seed(seed)
    data <- setting$draw(n)
    tree <- quiet(select_experts(y ~ ., data, k_max = setting$k))$dendrogram
    data.frame(
      setting = name, n = n, seed = seed,
      merged = voronoi_error(
        coef(tree, setting$truth), setting$truth, truth
      ),
      overfitted = voronoi_error(coef(tree, setting$k), setting$k, truth)
    )
  }))
}
