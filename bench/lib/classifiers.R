# Classifiers: functions of train (data frame with `class`) and test (columns)
# that return list(probability, note), or NULL where the package is missing.
# What there is to tune is tuned on the training rows.

has_package <- function(name) requireNamespace(name, quietly = TRUE)

columns_of <- function(data) as.matrix(data[names(data) != "class"])

# 100 steps of BFGS, its default, on standardised columns.
classify_multinom <- function(train, test) {
  fit <- nnet::multinom(class ~ ., train, MaxNWts = 1e6, trace = FALSE)
  probability <- predict(fit, test, type = "probs")
  if (nlevels(train$class) == 2) {
    probability <- cbind(1 - probability, probability)
  }
  list(
    probability = matrix(probability, nrow(test)),
    note = if (fit$convergence != 0) "stopped at 100 steps, its default"
  )
}

# A ridge, as sgmoe has, by five-fold cross-validation.
classify_glmnet <- function(train, test) {
  if (!has_package("glmnet")) {
    return(NULL)
  }
  family <- if (nlevels(train$class) == 2) "binomial" else "multinomial"
  inner <- integer(nrow(train)) # its own folds may miss a rare class
  for (fold in validation_folds(train$class, 5)) {
    inner[fold$test] <- max(inner) + 1L
  }
  fit <- suppressWarnings(glmnet::cv.glmnet(
    columns_of(train), train$class,
    family = family, alpha = 0, foldid = inner, nlambda = 25,
    lambda.min.ratio = 1e-6, maxit = 1e4
  ))
  probability <- predict(fit, columns_of(test), "lambda.min", type = "response")
  if (family == "binomial") {
    probability <- cbind(1 - probability, probability)
  }
  list(probability = matrix(probability, nrow(test)))
}

classify_ranger <- function(train, test) {
  if (!has_package("ranger")) {
    return(NULL)
  }
  fit <- ranger::ranger(class ~ ., train,
    probability = TRUE, num.threads = 1, seed = 1
  )
  list(probability = predict(fit, test, num.threads = 1)$predictions[
    , levels(train$class),
    drop = FALSE
  ])
}

# The cost is chosen by accuracy on a fifth of the training rows.
classify_svm <- function(train, test) {
  if (!has_package("e1071")) {
    return(NULL)
  }
  fold <- validation_folds(train$class, 1)[[1]]
  held <- train[fold$test, ]
  costs <- c(1, 10)
  right <- vapply(costs, function(cost) {
    fit <- e1071::svm(class ~ ., train[fold$train, ],
      cost = cost, scale = FALSE
    )
    mean(predict(fit, held) == held$class)
  }, 0)
  fit <- e1071::svm(class ~ ., train,
    cost = costs[which.max(right)], scale = FALSE, probability = TRUE
  )
  probability <- attr(predict(fit, test, probability = TRUE), "probabilities")
  list(probability = probability[, levels(train$class), drop = FALSE])
}

# Two experts, one random start, half a minute at most. Its experts take nnet's
# weight decay, without which separated classes overflow; its gate takes none.
classify_flexmix <- function(train, test) {
  if (!has_package("flexmix")) {
    return(NULL)
  }
  inputs <- reformulate(setdiff(names(train), "class"))
  setTimeLimit(elapsed = 30, transient = TRUE)
  on.exit(setTimeLimit())
  fit <- flexmix::flexmix(update(inputs, class ~ .), train,
    k = 2, model = flexmix::FLXMRmultinom(decay = 0.1, MaxNWts = 1e6),
    concomitant = flexmix::FLXPmultinom(inputs),
    control = list(minprior = 0, iter.max = 100)
  )
  list(probability = flexmix_probability(fit, test))
}

# (predict() with aggregate = TRUE fails for this model.)
flexmix_probability <- function(fit, test) {
  x <- cbind(1, as.matrix(test))
  gate <- softmax_rows(x %*% fit@concomitant@coef)
  probability <- 0
  for (k in seq_len(fit@k)) {
    own <- fit@components[[k]][[1]]@parameters$coef
    own <- if (is.matrix(own)) t(own) else own
    probability <- probability + gate[, k] * softmax_rows(cbind(0, x %*% own))
  }
  probability
}

softmax_rows <- function(logits) {
  weights <- exp(logits - apply(logits, 1, max))
  weights / rowSums(weights)
}

# --- sgmoe --------------------------------------------------------------------

quiet <- function(expression) suppressMessages(suppressWarnings(expression))

# The default: two experts, the ridge by evidence.
classify_default <- function(train, test, folds) {
  fit <- quiet(sgmoe(class ~ ., train, k = 2))
  list(probability = predict(fit, test, type = "prob"))
}

# Number of experts and ridge by cross-validation.
classify_tuned <- function(train, test, folds) {
  fit <- quiet(tune_experts(class ~ ., train,
    k = 1:3, ridge = c(0.3, 3, 30), folds = folds, starts = 3
  ))
  list(
    probability = predict(fit, test, type = "prob"),
    choice = paste0("k = ", fit$k, ", ridge ", fit$best$ridge)
  )
}

ours <- list("sgmoe tuned" = classify_tuned, "sgmoe default" = classify_default)

peers <- list(
  multinom = classify_multinom, glmnet = classify_glmnet,
  ranger = classify_ranger, svm = classify_svm, flexmix = classify_flexmix
)
