# Random calls. A case makes an object, then calls what it has, and what what it
# gave has. Methods are in tables by class, calls-*.R: name = function(object,
# data), whose value may be checked().

call_fit <- function(data) {
  arguments <- c(draw_model(), draw_settings())
  arguments["data"] <- list(maybe_junk(data, 0.02))
  if (chance(0.1)) {
    arguments$subset <- if (mood$tame) {
      quote(x3 > 1)
    } else {
      one_of(quote(x1 > 0), 1:3, quote(no), -1)
    }
  }
  if (chance(0.1)) arguments$method <- maybe_junk(one_of("em", "incremental"), 0.1)
  if (!mood$tame && chance(0.05)) arguments$epochs <- maybe_junk(2, 0.2)
  if (chance(0.1)) arguments$model <- maybe_junk(FALSE, 0.1)
  if (!mood$tame && chance(0.05)) arguments["start"] <- list(junk())
  if (chance(0.03)) arguments$ridge <- one_of("auto", "cv")
  quiet(do.call(sgmoe::sgmoe, arguments, quote = FALSE))
}

call_select <- function(data) {
  arguments <- c(draw_model(), draw_settings())
  arguments$starts <- NULL
  arguments["data"] <- list(maybe_junk(data, 0.02))
  arguments["k"] <- NULL
  if (!mood$tame && chance(0.1)) arguments$k <- 2
  arguments$k_max <- maybe_junk(sample(c(2, 3, 3, 10), 1L, prob = c(4, 4, 4, 1)))
  if (chance(0.3)) {
    arguments$criterion <- maybe_junk(one_of("BIC", "AIC", "ICL", "DSC", "HQ"), 0.1)
  }
  if (chance(0.2)) arguments$refine <- maybe_junk(FALSE, 0.1)
  if (chance(0.1)) arguments$dissimilarity <- maybe_junk("voronoi", 0.2)
  if (chance(0.1)) arguments$background <- maybe_junk(FALSE, 0.2)
  quiet(do.call(sgmoe::select_experts, arguments))
}

call_stream <- function(data) {
  arguments <- c(draw_model(), draw_settings())
  arguments[c("max_passes", "tolerance", "acceleration")] <- NULL
  arguments$ridge <- maybe_junk(one_of(0, 0.1, 0.1, 1), 0.02)
  for (name in c(
    "exponent", "delay", "constant", "minibatch", "average",
    "update_every", "revive", "cap", "max_passes"
  )) {
    if (chance(0.08)) {
      arguments[name] <- list(maybe_junk(switch(name,
        exponent = 0.9,
        delay = 3,
        constant = 0.1,
        minibatch = 5,
        average = "tail",
        update_every = 2,
        revive = TRUE,
        cap = FALSE,
        max_passes = 3
      ), 0.2))
    }
  }
  arguments["data"] <- list(maybe_junk(data, 0.02))
  if (chance(0.1)) {
    arguments$pilot <- maybe_junk(one_of(nrow(data) + 1, 20), 0.1)
  }
  quiet(do.call(sgmoe::sgmoe_stream, arguments))
}

call_tune <- function(data) {
  arguments <- c(draw_model(), draw_settings())
  arguments["data"] <- list(maybe_junk(data, 0.02))
  arguments$k <- maybe_junk(one_of(1, 1:2, 2), 0.05)
  arguments["ridge"] <- list(maybe_junk(one_of(0.1, c(0.1, 1), NULL, "auto"), 0.1))
  arguments$folds <- maybe_junk(2, 0.1)
  if (chance(0.1)) arguments$repeats <- maybe_junk(2, 0.1)
  if (chance(0.1)) arguments$group <- maybe_junk(one_of(quote(x3), quote(s)), 0.1)
  if (chance(0.3)) {
    arguments$score <- maybe_junk(
      one_of("log", "rmse", "accuracy", "brier", "crps"), 0.1
    )
  }
  if (chance(0.1)) arguments$one_se <- maybe_junk(TRUE, 0.1)
  quiet(do.call(sgmoe::tune_experts, arguments))
}

# A fit of rows that come in chunks.
call_source_fit <- function(data) {
  arguments <- c(draw_model(), draw_settings())
  arguments$acceleration <- NULL
  arguments["data"] <- list(draw_source(data))
  if (chance(0.3)) arguments$spill <- maybe_junk(FALSE, 0.1)
  if (chance(0.2)) {
    arguments$checkpoint <- maybe_junk(tempfile(fileext = ".log"), 0.1)
    if (is.character(arguments$checkpoint)) on.exit(unlink(arguments$checkpoint))
  }
  quiet(do.call(sgmoe::sgmoe, arguments))
}

makers <- list(
  fit = call_fit, select = call_select, stream = call_stream, tune = call_tune,
  source = call_source_fit, other = function(data) call_other(data)
)

# The methods of an object; NULL for one that has none.
methods_for <- function(object) {
  own <- intersect(class(object), names(methods_of))
  if (length(own)) methods_of[[own[[1L]]]]
}

# Methods that take long are drawn seldom, those that are cheap often.
draw_methods <- function(methods, count) {
  weight <- ifelse(names(methods) %in% names(dear), dear[names(methods)], 1)
  sample(names(methods), min(count, length(methods)), prob = weight)
}

# Runs one case; answers what became of each call.
run_case <- function() {
  mood$tame <- chance(0.6)
  mood$words <- chance(0.05) || isTRUE(mood$always)
  data <- draw_data()
  kind <- sample(names(makers), 1L, prob = c(6, 0.4, 3, 0.15, 0.7, 2))
  first <- outcome(paste0(kind, "()"), makers[[kind]](data))
  if (inherits(first$value, "sgmoe")) {
    first$complaints <- c(first$complaints, check_fit(first$value))
  }
  # Of methods the arguments may be odd again.
  tame <- mood$tame
  mood$tame <- FALSE
  c(list(first), call_methods(first$value, data, if (tame) 10L else 6L))
}

# Calls `count` methods of an object, and some of what they give.
call_methods <- function(object, data, count, within = "") {
  methods <- methods_for(object)
  if (is.null(methods)) {
    return(list())
  }
  within <- paste0(within, class(object)[[1L]], " ")
  results <- list()
  for (name in draw_methods(methods, count)) {
    result <- outcome(paste0(within, name, "()"), methods[[name]](object, data))
    if (inherits(result$value, "sgmoe_stream")) {
      result$complaints <- c(result$complaints, check_stream(result$value))
    }
    results <- c(results, list(result))
    # A fit of a fit's has been looked at often enough, and nothing goes on for ever.
    if (nchar(within) < 60L && !inherits(result$value, "sgmoe") || chance(0.02)) {
      results <- c(results, call_methods(result$value, data, 2L, within))
    }
  }
  # Half a megabyte each, for thousands of cases.
  lapply(results, function(result) result[names(result) != "value"])
}
