# One data set, all methods: which number of experts each finds, and seconds.

seconds_of <- function(expression) {
  time <- system.time(value <- expression)
  list(value = value, seconds = min(time[["elapsed"]], sum(time[1:2])))
}

quiet <- function(expression) suppressMessages(suppressWarnings(expression))

found <- function(method, criterion, k, seconds) {
  data.frame(method = method, criterion = criterion, k = k, seconds = seconds)
}

least <- function(path, criterion) path$k[[which.min(path[[criterion]])]]

# The default, criteria on its path, the published merges refined, and DSC as
# published, from the same kind of blind start.
run_tree <- function(data, k) {
  default <- seconds_of(quiet(select_experts(y ~ ., data, k_max = k)))
  rows <- found("default", "HQ", default$value$k, default$seconds)
  for (criterion in c("HQ", "BIC", "AIC", "ICL")) {
    rows <- rbind(rows, found(
      "path without background", criterion,
      least(default$value$path, criterion), default$seconds
    ))
  }
  voronoi <- seconds_of(quiet(select_experts(
    y ~ ., data,
    k_max = k, dissimilarity = "voronoi", background = FALSE
  )))
  for (criterion in c("HQ", "BIC")) {
    rows <- rbind(rows, found(
      "voronoi, refined", criterion, least(voronoi$value$path, criterion),
      voronoi$seconds
    ))
  }
  for (standardise in c(TRUE, FALSE)) {
    published <- seconds_of(quiet(select_experts(
      y ~ ., data,
      k_max = k, criterion = "DSC", refine = FALSE, standardise = standardise
    )))
    rows <- rbind(rows, found(
      paste("voronoi, published,", if (standardise) "standardised" else "raw"),
      "DSC", published$value$k, published$seconds
    ))
  }
  rows
}

# A fit with ten starts for each number of experts.
run_sweep <- function(data, k) {
  sweep <- seconds_of(do.call(rbind, lapply(seq_len(k), function(i) {
    fit <- quiet(sgmoe(y ~ ., data, k = i, ridge = 0))
    row <- glance(fit)
    row$HQ <- -2 * row$logLik + 3 * row$df * log(log(nrow(data)))
    row
  })))
  do.call(rbind, lapply(c("HQ", "BIC", "AIC", "ICL"), function(criterion) {
    found("sweep", criterion, least(sweep$value, criterion), sweep$seconds)
  }))
}

# flexmix, three repetitions for each number, as is its default.
run_flexmix <- function(data, k) {
  concomitant <- flexmix::FLXPmultinom(
    stats::reformulate(setdiff(names(data), "y"))
  )
  driver <- if (is.factor(data$y)) {
    flexmix::FLXMRmultinom()
  } else {
    flexmix::FLXMRglm()
  }
  sweep <- NULL
  seconds <- seconds_of(quiet(utils::capture.output(
    sweep <- flexmix::stepFlexmix(
      y ~ .,
      data = data, k = seq_len(k), concomitant = concomitant, model = driver,
      verbose = FALSE
    )
  )))$seconds
  do.call(rbind, lapply(c("BIC", "AIC", "ICL"), function(criterion) {
    chosen <- flexmix::getModel(sweep, criterion)
    found("stepFlexmix", criterion, chosen@k, seconds)
  }))
}

# The effective number of parameters of a model on its path.
level_parameters <- function(problem, parameters, control) {
  core("effective_parameters")(
    problem$spec, core("problem_information")(problem, parameters, control)
  )
}

# Replicates of a setting at a number of rows; a failure counts as one.
run_setting <- function(name, n, seeds, runs) {
  setting <- settings[[name]]
  do.call(rbind, lapply(seeds, function(seed) {
    set.seed(seed)
    data <- setting$draw(n)
    rows <- do.call(rbind, lapply(runs, function(run) {
      tryCatch(run(data, setting$k), error = function(error) {
        message(name, " ", n, " ", seed, ": ", conditionMessage(error))
        NULL
      })
    }))
    data.frame(
      setting = name, n = n, most = setting$k, truth = setting$truth,
      seed = seed, rows
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
      mean_k = mean(group$k), seconds = mean(group$seconds)
    )
  }))
  table <- table[order(
    match(table$setting, names(settings)), table$n, table$method,
    table$criterion
  ), ]
  rownames(table) <- NULL
  table
}
