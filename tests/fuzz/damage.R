# Damaged objects: one field anywhere inside is not what it was.

# Objects to damage, made once in a process.
make_stored <- function() {
  set.seed(1)
  n <- 150
  data <- data.frame(x1 = stats::rnorm(n), x2 = stats::rnorm(n))
  data$f <- factor(sample(c("a", "b"), n, TRUE))
  data$y <- ifelse(data$x1 + stats::rnorm(n) / 2 > 0, 3, -2) * data$x1 +
    stats::rnorm(n)
  data$y2 <- data$x2 + stats::rnorm(n)
  data$c <- factor(c("p", "q", "r")[1 + (data$x1 + stats::rnorm(n) > 0) +
    (data$x2 + stats::rnorm(n) > 1)])
  data$n <- stats::rpois(n, exp(data$x1 / 2))
  fit <- function(...) {
    quiet(sgmoe::sgmoe(..., data = data, k = 2, starts = 1, ridge = 0.1))
  }
  stream <- function(...) {
    stream <- quiet(sgmoe::sgmoe_stream(
      ...,
      data = data[1:100, ], k = 2, starts = 1
    ))
    quiet(stats::update(stream, data[101:110, ]))
  }
  list(
    data = data,
    objects = list(
      fit = fit(y ~ x1 + f), two = fit(cbind(y, y2) ~ x1, gate = ~x2),
      classes = fit(c ~ x1), bare = fit(y ~ x1, model = FALSE),
      counts = fit(n ~ x1, family = "poisson"),
      auto = quiet(sgmoe::sgmoe(y ~ x1, data, k = 2, ridge = "auto")),
      tuned = quiet(sgmoe::sgmoe(y ~ x1, data, k = 1, ridge = "cv")),
      stream = stream(y ~ x1 + f, ridge = 0.1),
      newton = stream(y ~ x1),
      class_stream = stream(c ~ x1, ridge = 0.1, constant = 0.1),
      revive = stream(cbind(y, y2) ~ x1, gate = ~x2, ridge = 0.1, revive = TRUE),
      count_stream = stream(n ~ x1, family = "poisson", ridge = 0.1),
      levels = quiet(sgmoe::select_experts(stream(y ~ x1, ridge = 0.1), data)),
      selection = quiet(sgmoe::select_experts(y ~ x1, data, k_max = 3)),
      tree = quiet(sgmoe::expert_dendrogram(fit(y ~ x1 + f)))
    )
  )
}

# What is called with a damaged object; no random draw, so that the value can be
# compared with that of the sound object.
damage_calls <- list(
  fit = list(
    predict = function(x, data) stats::predict(x, data[1:7, ]),
    gate = function(x, data) stats::predict(x, data[1:7, ], type = "gate"),
    density = function(x, data) {
      stats::predict(x, data[1:7, ], type = "logdensity")
    },
    fitted = function(x, data) stats::fitted(x),
    residuals = function(x, data) stats::residuals(x),
    coef = function(x, data) stats::coef(x),
    likelihood = function(x, data) list(stats::logLik(x), stats::nobs(x)),
    print = function(x, data) utils::capture.output(print(x)),
    summary = function(x, data) utils::capture.output(print(summary(x))),
    tidiers = function(x, data) list(sgmoe::tidy(x), sgmoe::glance(x)),
    augment = function(x, data) sgmoe::augment(x, newdata = data[1:7, ]),
    tree = function(x, data) sgmoe::expert_dendrogram(x),
    relabel = function(x, data) stats::coef(sgmoe::relabel(x, rev(seq_len(x$k)))),
    covariance = function(x, data) stats::vcov(x),
    confint = function(x, data) stats::confint(x),
    interval = function(x, data) {
      stats::predict(x, data[1:7, ], interval = "prediction")
    },
    plot = function(x, data) {
      plot(x)
      NULL
    }
  ),
  stream = list(
    update = function(x, data) {
      stats::coef(stats::update(x, data[101:150, ]))
    },
    row = function(x, data) {
      rows <- stats::model.matrix(x, data[1, ])
      if (is.factor(stats::model.response(stats::model.frame(
        stats::formula(x), data[1, ]
      )))) {
        stop(structure(
          class = c("sgmoe_error_skip", "error", "condition"),
          list(message = "not for this one", call = NULL)
        ))
      }
      stats::coef(sgmoe::update_matrix(x, rows, data$y[[1L]]))
    },
    consume = function(x, data) {
      stats::coef(sgmoe::consume(x, data[101:150, ], chunk_size = 20))
    },
    predict = function(x, data) stats::predict(x, data[1:7, ]),
    coef = function(x, data) stats::coef(x),
    likelihood = function(x, data) list(stats::logLik(x), stats::nobs(x)),
    print = function(x, data) utils::capture.output(print(x)),
    summary = function(x, data) utils::capture.output(print(summary(x))),
    plot = function(x, data) {
      plot(x)
      NULL
    },
    as = function(x, data) stats::coef(sgmoe::as_sgmoe(x))
  ),
  selection = list(
    predict = function(x, data) stats::predict(x, data[1:7, ]),
    coef = function(x, data) stats::coef(x),
    print = function(x, data) utils::capture.output(print(x)),
    as = function(x, data) stats::coef(sgmoe::as_sgmoe(x, k = 2)),
    plot = function(x, data) {
      plot(x)
      NULL
    },
    tree = function(x, data) stats::as.hclust(x)
  ),
  tree = list(
    print = function(x, data) utils::capture.output(print(x)),
    coef = function(x, data) stats::coef(x, k = 2),
    hclust = function(x, data) stats::as.hclust(x),
    dendrogram = function(x, data) stats::as.dendrogram(x),
    plot = function(x, data) {
      plot(x)
      NULL
    }
  )
)

kind_of_stored <- function(object) {
  if (inherits(object, "sgmoe_stream")) {
    "stream"
  } else if (inherits(object, "sgmoe_selection")) {
    "selection"
  } else if (inherits(object, "expert_dendrogram")) {
    "tree"
  } else {
    "fit"
  }
}

# A random path into nested lists; deep parts of terms and calls are R's own.
draw_path <- function(object) {
  path <- list()
  repeat {
    if (!is.list(object) || length(object) == 0L ||
      inherits(object, "data.frame") || length(path) && chance(0.1)) {
      return(path)
    }
    at <- sample.int(length(object), 1L)
    path <- c(path, if (is.null(names(object))) at else names(object)[[at]])
    object <- unclass(object)[[at]]
  }
}

# list(value, how); `how` ends in "!" where the change must be noticed.
change <- function(value, foreign) {
  how <- sample(c(
    "NULL", "NA", "NaN", "Inf", "type", "short", "long", "empty", "list",
    "zero", "minus", "huge", "flat", "foreign", "junk"
  ), 1L)
  filled <- is.numeric(value) && length(value) > 0L
  some <- if (filled) sample.int(length(value), 1L)
  result <- switch(how,
    "NULL" = NULL,
    "NA" = if (is.atomic(value)) replace(value, seq_along(value), NA),
    "NaN" = if (filled) replace(value, some, NaN) else NaN,
    "Inf" = if (filled) replace(value, some, Inf) else Inf,
    type = if (is.atomic(value)) as.character(value) else "text",
    short = if (is.vector(value) || is.factor(value)) value[-1L],
    long = c(value, value),
    empty = if (is.vector(value) || is.factor(value)) value[0L],
    list = list(value),
    zero = if (filled) value * 0 else 0,
    minus = if (filled) -value else -1,
    huge = if (filled) replace(value, some, 1e9) else 1e9,
    flat = if (is.atomic(value)) as.vector(value) else unlist(value),
    foreign = foreign,
    junk = junk()
  )
  loud <- c("NaN", "type", "short", "empty", "NULL", "Inf")
  list(value = result, how = paste0(how, if (how %in% loud) "!"))
}

put <- function(object, path, value) {
  if (length(path) == 0L) {
    return(value)
  }
  kept <- oldClass(object)
  object <- unclass(object)
  at <- path[[1L]]
  inner <- put(object[[at]], path[-1L], value)
  if (is.null(inner) && length(path) == 1L && chance(0.5)) {
    object[[at]] <- NULL
  } else {
    object[at] <- list(inner)
  }
  oldClass(object) <- kept
  object
}

fetch_part <- function(object, path) {
  for (at in path) object <- unclass(object)[[at]]
  object
}

# Values of sound objects do not change: computed when they are first needed.
sound_values <- new.env()

sound_value <- function(stored, name, own) {
  key <- paste(name, own)
  if (is.null(sound_values[[key]])) {
    object <- stored$objects[[name]]
    call <- damage_calls[[kind_of_stored(object)]][[own]]
    sound_values[[key]] <- outcome(key, quiet(call(object, stored$data)))
  }
  sound_values[[key]]
}

# A fit need not keep its data: one that does not answers otherwise.
is_allowed <- function(path, value) {
  identical(path, list("model")) && is.null(value)
}

run_damage <- function(stored) {
  name <- sample(names(stored$objects), 1L)
  object <- stored$objects[[name]]
  other <- stored$objects[[sample(names(stored$objects), 1L)]]
  path <- draw_path(object)
  if (length(path) == 0L) {
    return(list())
  }
  changed <- change(fetch_part(object, path), tryCatch(
    fetch_part(other, path),
    error = function(error) NULL
  ))
  broken <- put(object, path, changed$value)
  calls <- damage_calls[[kind_of_stored(object)]]
  own <- sample(names(calls), 1L)
  label <- paste0(
    name, "$", paste(unlist(path), collapse = "$"), " ", changed$how, " ", own
  )
  result <- outcome(label, quiet(calls[[own]](broken, stored$data)))
  if (result$status == "value" && endsWith(changed$how, "!") &&
    !own %in% c("print", "summary", "plot", "tidiers") &&
    !is_allowed(path, changed$value)) {
    sound <- sound_value(stored, name, own)
    if (!isTRUE(all.equal(sound$value, result$value, check.attributes = FALSE))) {
      result$complaints <- c(result$complaints, "a value that is another")
    }
  }
  # A fit whose frame is gone is one that kept none, and is told of as such.
  if (result$status == "classed" && !is_about_damage(result$message) &&
    !is_allowed(path, changed$value)) {
    # Refused, but do the words send the user elsewhere?
    if (sound_value(stored, name, own)$status == "value") {
      result$complaints <- c(result$complaints, paste("misleading", result$message))
    }
  }
  list(result)
}

# consume() names the chunk, and has the error about damage as parent.
is_about_damage <- function(message) {
  grepl("^sgmoe_error_(damaged|version|skip|source)", message)
}
