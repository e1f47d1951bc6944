# Other packages' fits from a given posterior: list(log_likelihood, passes), or
# NULL where the package is not installed. No component may be dropped.

peer_flexmix <- function(case) {
  if (!requireNamespace("flexmix", quietly = TRUE)) {
    return(NULL)
  }
  fit <- flexmix::flexmix(case$formula, case$data,
    k = case$k, cluster = case$posterior, model = flexmix::FLXMRglm(),
    concomitant = flexmix::FLXPmultinom(case$formula[-2]),
    control = list(minprior = 0)
  )
  stopifnot(fit@k == case$k)
  list(log_likelihood = as.numeric(flexmix::logLik(fit)), passes = fit@iter)
}

peer_moeclust <- function(case) {
  if (!requireNamespace("MoEClust", quietly = TRUE)) {
    return(NULL)
  }
  fit <- suppressWarnings(MoEClust::MoE_clust(case$data$y,
    G = case$k, modelNames = "V", gating = case$formula[-2],
    expert = case$formula[-2], network.data = case$data[-1],
    init.z = "list", z.list = list(case$posterior), verbose = FALSE,
    exp.init = list(joint = FALSE, mahalanobis = FALSE, clustMD = FALSE)
  ))
  list(log_likelihood = max(fit$loglik), passes = fit$iters)
}

# Two experts and one covariate are all it offers. It starts from parameters:
# those that sgmoe takes from the posterior.
peer_mixtools <- function(case) {
  if (!requireNamespace("mixtools", quietly = TRUE)) {
    return(NULL)
  }
  start <- suppressWarnings(sgmoe(case$formula, case$data,
    k = 2, start = case$posterior, max_passes = 1, ridge = 0
  ))
  limit <- 1000
  capture.output(fit <- mixtools::hmeEM(case$data$y, case$data$x1,
    beta = matrix(coef(start, "expert"), 2), sigma = coef(start, "scale"),
    w = -coef(start, "gate"), maxit = limit
  ))
  passes <- length(fit$all.loglik) - 1
  list(
    log_likelihood = fit$loglik, passes = passes,
    note = if (passes >= limit) "pass_limit"
  )
}
