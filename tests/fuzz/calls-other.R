# Functions that need no object, and every function with what is none.

call_other <- function(data) {
  name <- sample(
    names(other_calls), 1L,
    prob = ifelse(names(other_calls) %in% c("junk", "source"), 4, 1)
  )
  other_calls[[name]](data)
}

other_calls <- list(
  simulate_moe = function(data) {
    value <- quiet(do.call(sgmoe::simulate_moe, c(list(
      n = maybe_junk(sample(c(1, 5, 50), 1L), 0.1),
      k = maybe_junk(sample(1:3, 1L), 0.1), p = maybe_junk(2, 0.1)
    ), draw_family())))
    checked(value, complain(!all(is.finite(unlist(
      value[vapply(value, is.numeric, NA)]
    ))), "simulate_moe"))
  },
  sgmoe_control = function(data) {
    do.call(sgmoe::sgmoe_control, draw_junk(sgmoe::sgmoe_control))
  },
  stream_control = function(data) {
    do.call(sgmoe::stream_control, draw_junk(sgmoe::stream_control))
  },
  class_scores = function(data) {
    quiet(sgmoe::class_scores(draw_shares(), maybe_junk(factor(c("a", "b")), 0.3)))
  },
  calibration = function(data) {
    quiet(sgmoe::calibration(draw_shares(), maybe_junk(factor(c("a", "b")), 0.3)))
  },
  partitions = call_partitions,
  source = function(data) {
    source <- draw_source(data)
    if (inherits(source, "chunk_source")) source else sgmoe::as_chunk_source(source)
  },
  junk = function(data) call_junk(data)
)

draw_family <- function() {
  if (chance(0.5)) {
    return(list())
  }
  list(family = maybe_junk(one_of("gaussian", "multinomial", "poisson"), 0.2))
}

draw_shares <- function() {
  maybe_junk(one_of(
    matrix(c(0.2, 0.8, 0.5, 0.5), 2, dimnames = list(NULL, c("a", "b"))),
    matrix(c(0.2, 0.8, 0.5, 0.5), 2), matrix(stats::runif(4), 2), c(0.3, 0.4)
  ), 0.3)
}

draw_junk <- function(fun) {
  names <- sample(names(formals(fun)), sample(0:2, 1L))
  stats::setNames(lapply(names, function(name) junk()), names)
}

# Exported functions that are another package's generics: what they say of junk is
# not ours.
foreign_generics <- c("tidy", "glance", "augment")

# Any exported function with junk, a foreign model, or the data as its first
# argument, and junk as some others.
call_junk <- function(data) {
  names <- setdiff(getNamespaceExports("sgmoe"), foreign_generics)
  fun <- getExportedValue("sgmoe", sample(sort(names), 1L))
  first <- if (chance(0.7)) junk() else one_of(foreign_model, data, "no/such/file")
  arguments <- list(first)
  others <- setdiff(names(formals(fun))[-1L], "...")
  given <- sample(others, sample(0:min(2L, length(others)), 1L))
  arguments[given] <- lapply(given, function(name) junk())
  # A large number is an order that would be carried out.
  quiet(do.call(fun, arguments, quote = TRUE))
  NULL
}

foreign_model <- stats::lm(dist ~ speed, datasets::cars)

# Tables by class, the most special class first.
methods_of <- list(
  sgmoe_stream_selection = c(
    selection_methods,
    stream_methods[setdiff(names(stream_methods), names(selection_methods))]
  ),
  sgmoe_stream = c(stream_methods, stream_hook_methods),
  sgmoe_selection = c(
    selection_methods,
    list(update = function(x, data) quiet(stats::update(x, k_max = maybe_junk(2)))),
    fit_methods[setdiff(names(fit_methods), c(names(selection_methods), "update"))]
  ),
  sgmoe_tuning = c(tuning_methods, fit_methods),
  sgmoe = c(fit_methods, inference_methods, hook_methods, plot_methods),
  expert_dendrogram = tree_methods, summary.sgmoe = summary_methods,
  summary.sgmoe_stream = summary_methods["print"],
  sgmoe_effects = effects_methods, sgmoe_bootstrap = bootstrap_methods,
  sgmoe_conformal = conformal_methods, sgmoe_calibration = calibration_methods,
  chunk_source = source_methods, partitions = partitions_methods
)

# How often the dear ones are drawn, where others count as one.
dear <- c(
  profile = 0.1, bootstrap = 0.4, bootstrap_intervals = 0.2, bootstrap_lrt = 0.15,
  drop1 = 0.15, Anova = 0.15, Boot = 0.1, emmeans = 0.4, autoplot = 0.4,
  conformal = 0.5, select_experts = 0.3, tree = 0.6, plot = 0.4, model_performance = 0.4,
  lrtest = 0.3, anova = 0.4, update = 0.4, partial_dependence = 0.5
)
