# Random calls. A case is a list of steps, each a call and the check of its
# value; the first step makes an object, the others call what it has.

quiet <- function(expression) {
  suppressWarnings(suppressMessages(expression))
}

call_fit <- function(data) {
  arguments <- c(draw_model(), draw_settings())
  arguments["data"] <- list(maybe_junk(data, 0.02))
  if (chance(0.1)) arguments$subset <- one_of(quote(x1 > 0), 1:3, quote(no), -1)
  if (chance(0.1)) arguments$method <- maybe_junk(one_of("em", "incremental"), 0.1)
  if (chance(0.05)) arguments$epochs <- maybe_junk(2, 0.2)
  if (chance(0.1)) arguments$model <- maybe_junk(FALSE, 0.1)
  if (chance(0.05)) arguments["start"] <- list(junk())
  quiet(do.call(sgmoe::sgmoe, arguments, quote = FALSE))
}

call_select <- function(data) {
  arguments <- c(draw_model(), draw_settings())
  arguments$starts <- NULL
  arguments["data"] <- list(maybe_junk(data, 0.02))
  if (chance(0.2)) arguments$k <- NULL
  if (chance(0.3)) {
    arguments$criterion <- maybe_junk(one_of("BIC", "AIC", "ICL", "DSC"), 0.1)
  }
  if (chance(0.2)) arguments$refine <- maybe_junk(FALSE, 0.1)
  if (chance(0.1)) arguments$dissimilarity <- maybe_junk("voronoi", 0.2)
  quiet(do.call(sgmoe::select_experts, arguments))
}

call_stream <- function(data) {
  arguments <- c(draw_model(), draw_settings())
  arguments$ridge <- maybe_junk(one_of(0, 0.1, 0.1, 1), 0.02)
  for (name in c(
    "exponent", "delay", "constant", "minibatch", "average",
    "update_every", "revive"
  )) {
    if (chance(0.08)) {
      arguments[name] <- list(maybe_junk(switch(name,
        exponent = 0.9,
        delay = 3,
        constant = 0.1,
        minibatch = 5,
        average = "tail",
        update_every = 2,
        revive = TRUE
      ), 0.2))
    }
  }
  arguments[["pilot"]] <- maybe_junk(data, 0.02)
  quiet(do.call(sgmoe::sgmoe_stream, arguments))
}

# Methods of fits and selections: name = function(object, data) value.
fit_methods <- list(
  predict = function(fit, data) {
    types <- c(
      "response", "prob", "class", "gate", "expert", "posterior", "logdensity"
    )
    type <- maybe_junk(sample(types, 1L))
    newdata <- maybe_junk(spoil(data), 0.1)
    value <- quiet(stats::predict(fit, newdata, type = type))
    if (is.data.frame(newdata) && is.character(type)) {
      value <- structure(
        list(value),
        complaints = check_prediction(value, newdata, type, fit)
      )
    }
    value
  },
  fitted = function(fit, data) stats::fitted(fit),
  residuals = function(fit, data) {
    quiet(stats::residuals(fit, type = maybe_junk("response", 0.2)))
  },
  coef = function(fit, data) {
    stats::coef(fit, part = maybe_junk(one_of("all", "gate", "expert"), 0.1))
  },
  likelihood = function(fit, data) {
    list(stats::logLik(fit), stats::nobs(fit), stats::deviance(fit))
  },
  sigma = function(fit, data) stats::sigma(fit),
  print = function(fit, data) utils::capture.output(print(fit)),
  summary = function(fit, data) utils::capture.output(print(quiet(summary(fit)))),
  tidiers = function(fit, data) list(sgmoe::tidy(fit), sgmoe::glance(fit)),
  augment = function(fit, data) {
    if (chance(0.5)) {
      quiet(sgmoe::augment(fit))
    } else {
      quiet(sgmoe::augment(fit, newdata = maybe_junk(spoil(data), 0.1)))
    }
  },
  formula = function(fit, data) list(stats::formula(fit), stats::terms(fit)),
  matrix = function(fit, data) stats::model.matrix(fit),
  update = function(fit, data) {
    quiet(stats::update(fit, k = maybe_junk(2, 0.1), starts = 1))
  },
  relabel = function(fit, data) {
    sgmoe::relabel(fit, maybe_junk(sample.int(fit$k), 0.2))
  },
  start = function(fit, data) {
    quiet(stats::update(fit, start = maybe_junk(fit, 0.1)))
  },
  tree = function(fit, data) {
    tree <- quiet(sgmoe::expert_dendrogram(
      fit,
      dissimilarity = maybe_junk(one_of("voronoi", "likelihood"), 0.1)
    ))
    list(
      utils::capture.output(print(tree)), stats::as.hclust(tree),
      stats::coef(tree)
    )
  },
  select = function(fit, data) quiet(sgmoe::select_experts(fit)),
  calibration = function(fit, data) {
    quiet(sgmoe::calibration(fit, maybe_junk(spoil(data), 0.1)))
  },
  plot = function(fit, data) {
    quiet(plot(fit))
    NULL
  },
  weights = function(fit, data) stats::weights(fit),
  as = function(fit, data) sgmoe::as_sgmoe(fit)
)

stream_methods <- list(
  update = function(stream, data) {
    chunk <- maybe_junk(spoil(data), 0.05)
    if (chance(0.2)) {
      quiet(stats::update(stream, chunk, weights = maybe_junk(data$w, 0.3)))
    } else {
      quiet(stats::update(stream, chunk))
    }
  },
  rows = function(stream, data) {
    x <- stats::model.matrix(stream, data)
    y <- data$y
    quiet(sgmoe::update_matrix(
      stream, maybe_junk(x, 0.1), maybe_junk(y, 0.1),
      gate = if (chance(0.1)) junk(), weights = if (chance(0.1)) junk(),
      offset = if (chance(0.1)) junk()
    ))
  },
  consume = function(stream, data) {
    quiet(sgmoe::consume(
      stream, maybe_junk(one_of(data, list(data, spoil(data))), 0.1),
      chunk_size = maybe_junk(7, 0.1)
    ))
  },
  predict = fit_methods$predict,
  coef = fit_methods$coef, sigma = fit_methods$sigma,
  likelihood = fit_methods$likelihood, print = fit_methods$print,
  summary = fit_methods$summary, tidiers = fit_methods$tidiers,
  formula = fit_methods$formula, tree = fit_methods$tree,
  select = function(stream, data) quiet(sgmoe::select_experts(stream, data)),
  plot = fit_methods$plot, as = fit_methods$as
)

# Functions that need no object.
call_other <- function(data) {
  switch(sample.int(4L, 1L),
    quiet(do.call(sgmoe::simulate_moe, list(
      n = maybe_junk(sample(c(1, 5, 50), 1L), 0.3),
      k = maybe_junk(sample(1:3, 1L), 0.2), p = maybe_junk(2, 0.2)
    ))),
    do.call(sgmoe::sgmoe_control, draw_junk(sgmoe::sgmoe_control)),
    do.call(sgmoe::stream_control, draw_junk(sgmoe::stream_control)),
    quiet(sgmoe::class_scores(
      maybe_junk(one_of(
        matrix(c(0.2, 0.8, 0.5, 0.5), 2), matrix(stats::runif(4), 2)
      ), 0.3),
      maybe_junk(factor(c("a", "b")), 0.3)
    ))
  )
}

draw_junk <- function(fun) {
  names <- sample(names(formals(fun)), sample(0:2, 1L))
  stats::setNames(lapply(names, function(name) junk()), names)
}

# Runs one case; answers what became of each call.
run_case <- function() {
  data <- draw_data()
  kind <- sample(
    c("fit", "select", "stream", "other"), 1L,
    prob = c(6, 0.5, 3, 1)
  )
  make <- switch(kind,
    fit = call_fit,
    select = call_select,
    stream = call_stream,
    other = call_other
  )
  first <- outcome(paste0(kind, "()"), make(data))
  object <- first$value
  if (is.null(object) || kind == "other") {
    return(list(first))
  }
  if (inherits(object, "sgmoe")) {
    first$complaints <- c(first$complaints, check_fit(object))
  }
  methods <- if (kind == "stream") stream_methods else fit_methods
  later <- lapply(
    sample(names(methods), 3L),
    function(name) {
      result <- outcome(
        paste0(kind, " ", name, "()"), methods[[name]](object, data)
      )
      if (inherits(result$value, "sgmoe_stream")) {
        result$complaints <- c(result$complaints, check_stream(result$value))
      }
      result
    }
  )
  c(list(first), later)
}

check_stream <- function(stream) {
  if (!is.null(stream$waiting)) {
    return(NULL)
  }
  complain(!all(is.finite(unlist(stream$state))), "the state is not finite")
}

# Evaluates; list(call, status, message, value, complaints), where status is
# "value", "classed" or "unclassed".
outcome <- function(call, expression) {
  value <- where <- NULL
  error <- tryCatch(
    withCallingHandlers(
      {
        value <- expression
        NULL
      },
      error = function(error) {
        if (!inherits(error, about_damage)) where <<- callers(sys.calls())
      }
    ),
    error = identity
  )
  status <- if (is.null(error)) {
    "value"
  } else if (any(grepl("^sgmoe_error_", class(error))) &&
    !inherits(error, "sgmoe_error_core")) {
    "classed"
  } else {
    "unclassed"
  }
  # Words take longer than all else: not where nobody reads them.
  is_plain <- inherits(error, about_damage)
  list(
    call = call, status = status, value = value,
    message = if (!is.null(error)) paste(
      class(error)[[1L]], if (!is_plain) conditionMessage(error), "<", where
    ),
    complaints = attr(value, "complaints")
  )
}

# What a damaged object ought to raise.
about_damage <- c("sgmoe_error_damaged", "sgmoe_error_version")

# Names of the innermost functions on the way to an error.
callers <- function(calls) {
  names <- vapply(calls, function(call) {
    if (is.name(call[[1L]])) as.character(call[[1L]]) else "?"
  }, "")
  own <- intersect(names, ls(asNamespace("sgmoe"), all.names = TRUE))
  paste(rev(utils::tail(own, 4L)), collapse = " < ")
}
