# One data set, all methods: which number of experts each finds.

quiet <- function(expression) suppressMessages(suppressWarnings(expression))

found <- function(method, criterion, k) {
  data.frame(method = method, criterion = criterion, k = k)
}

least <- function(path, criterion) path$k[[which.min(path[[criterion]])]]

# The default, criteria on its path, and DSC as published, from the same kind of
# blind start.
run_tree <- function(data, k) {
  default <- quiet(select_experts(y ~ ., data, k_max = k))
  rows <- found("default", "HQ", default$k)
  for (criterion in c("HQ", "BIC", "AIC", "ICL")) {
    rows <- rbind(rows, found(
      "path without background", criterion, least(default$path, criterion)
    ))
  }
  published <- quiet(select_experts(
    y ~ ., data,
    k_max = k, criterion = "DSC", refine = FALSE, standardise = FALSE
  ))
  rbind(rows, found("voronoi, published, raw", "DSC", published$k))
}

# A default fit for each number of experts.
run_sweep <- function(data, k) {
  sweep <- do.call(rbind, lapply(seq_len(k), function(i) {
    glance(quiet(sgmoe(y ~ ., data, k = i)))
  }))
  found("sweep", "BIC", seq_len(k)[[which.min(sweep$BIC)]])
}

# The effective number of parameters of a model on its path.
level_parameters <- function(problem, parameters, control) {
  core("effective_parameters")(
    problem$spec, core("problem_information")(problem, parameters, control)
  )
}

# Replicates of a setting at a number of rows.
run_setting <- function(name, n, seeds, run) {
  setting <- settings[[name]]
  do.call(rbind, lapply(seeds, function(seed) {
    set.seed(seed)
    data <- setting$draw(n)
    data.frame(
      setting = name, n = n, most = setting$k, truth = setting$truth,
      seed = seed, run(data, setting$k)
    )
  }))
}

# Shares of replicates in which the true number was found.
summarise_runs <- function(runs) {
  groups <- split(runs, runs[c("method", "criterion", "n", "setting")],
    drop = TRUE, lex.order = FALSE
  )
  table <- do.call(rbind, lapply(groups, function(group) {
    data.frame(
      group[1L, c("setting", "n", "most", "truth", "method", "criterion")],
      replicates = nrow(group), recovered = mean(group$k == group$truth),
      mean_k = mean(group$k)
    )
  }))
  table <- table[order(
    match(table$setting, names(settings)), table$n, table$method,
    table$criterion
  ), ]
  rownames(table) <- NULL
  table
}
