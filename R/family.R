# Families of experts: the registry, and what a family is.
#
# A family is a list of functions and settings, made in a file of its own
# (R/family-<name>.R) and entered below in one line. Nothing outside these files
# knows a family's name; what only some families can do is an optional part, and
# asking for it where it is absent is an error from `require_part()`.
#
# `spec` is what a model is (R/spec.R), q the number of responses (or classes),
# `parameters` are list(gate = p x K, expert = r x qK, ...) in whatever basis is
# said, n x q means a row for each row of the data.
#
# name             how users and the core call it
# title            as in "Mixture of 2 <title> experts"
# help             c(<topic> = <Markdown, without a full stop>), what the help
#                  pages say of it under each of `help_topics`; those that do
#                  not apply are left out
# glm              c(<family of glm()> = <its link>): the families that it
#                  stands for
# unit             what a column of the response is called: "response", "class"
# instead          c(<part or residual> = ...): what to do where it has none;
#                  `predict`, `tune` and `covariance` are read first where a part
#                  is asked for there
#
# Response
# chosen_for(response)                   is it the default for this response?
# check_response(response, name, call)   refuse what it cannot have
# read_response(response, expression, weights, keep_levels, call)
#                  list(values: as the core takes it, names, kind, and levels of
#                  predicted labels)
# replay_response(response, blueprint, call)    the same of new data: a matrix
# read_numbers(y, blueprint, call)       the same of numbers (update_matrix())
# any_number       TRUE where each finite number is a response as it is
# basis(y, weights, names, covariance, intercept)
#                  centre and scale of the response; zero and one if it has none
# offset           "subtract" it from the response, or add it to the "predictor"
# widen_offset(value, rows, q)           one column for each response, or NULL
# observed(y, names)                     n x q, comparable with the means
# row_counts(y)                          observations in each row
# grouped(blueprint)                     may a row hold several of them?
#
# Coordinates (R/spec-coordinates.R)
# predictors(spec)                       names of an expert's linear predictors
#                  as the user sees them, NULL for one that needs no name
# scales(spec)                           names of the scale coefficients of one
#                  covariance
# positive(spec)                         which of them are positive: intervals of
#                  these are made on the log scale
# n_par(columns, spec)                   free parameters of all experts
# to_user(parameters, spec)              list(expert, scale), from the user's
#                  basis
# from_user(expert, scale, spec)         and back, logits in sum-zero form
# check_start(scale, spec, call)         refuse impossible scale coefficients
# jacobian(parameters, spec)             of to_user() in the free coordinates
# mean_slopes(means, spec, response)     derivatives of an expert's mean of a
#                  response (a number) in its free linear predictors, n x their
#                  number; `means` are the expert's, n x q, on the user's scale
# move_scales(parameters, stretch)       what else changes where the response's
#                  scale is divided by `stretch`
# stored_scales(parameters, spec)        are a stored model's other parameters
#                  of their shape, and possible?
# tangent(direction, spec)               the part of a packed direction of the
#                  experts along which the model changes
#
# Starts and walks
# start_coordinates(y, spec)             where rows lie: columns for distances
# cost(spec)       multiplications per row and expert beyond the Gram matrix
# defaults         list(ridge: least of a walk, finalists: merges that go on,
#                  screen_rows: rows to try merges on, moves: multiplications
#                  that split-and-merge moves may take)
#
# What is said and shown
# residuals        functions of list(y, observed, means, gate, centre, weights,
#                  parameters, spec, blueprint), by kind, each giving n x q, or a
#                  column; NULL where this response has none. "deviance" is
#                  asked of single experts only
# draw(expert, at) responses from the expert (a number) that each row is said to
#                  come from, as the user has them; `at` is list(y: may be NULL,
#                  means, gate, parameters, spec, blueprint)
# describe(spec)   what follows "Mixture of 2 <title> experts"
# reference(spec)  what the experts' coefficients are relative to
# augment(fitted, y, blueprint)          columns after the fitted ones, a list
#                  of vectors or matrices by name; y may be NULL
# drawing          list(first(spec): the response to show, title(name), key: the
#                  name of the mixture's line, spread(y): points that would hide
#                  each other, apart)
# simulator(k, ...)                      list(columns: of coefficients,
#                  draw(predictor, expert): list(y, density (n x K), truth));
#                  its other arguments are the family's own of simulate_moe()
#
# Optional
# inform(y, weights, hints)              say what is odd about a response, before
#                  the fit, and what other families say of it
# check_glm(glm, blueprint, call)        refuse what the family of glm() that was
#                  asked for, its name or NULL, cannot have
# suits(y)         a bullet for responses of other families that this one may
#                  suit better, or NULL
# point_mass(y, posterior, weights)      for each expert: does it sit on one value
#                  of the response?
# sigma(parameters, spec)                standard deviations, K x q
# distribution     that of one response of an expert: list(whole: has it whole
#                  numbers only? scale(parameters, spec): K x q, or NULL;
#                  cdf(y, mean, scale, lower), quantile(tail, mean, scale, lower)
#                  for the tail P(Y <= y) or P(Y > y); density(y, mean, scale);
#                  variance(mean, scale); distance(y, mean, scale): E|Y - y|;
#                  apart(mean, scale, other, other_scale): E|Y - Y'|), all for
#                  vectors. Mixtures of them are in R/family-mixture.R
# background_width(parameters, spec)     those of the widest expert in the
#                  working basis: responses are numbers that may have outliers
# classify(means, blueprint)             the most probable label: the response
#                  is a distribution over labels, the means are probabilities
# prior(problem, weights, run)           what the core's model has of the weak
#                  prior on what a ridge does not bound; `weights` are those of
#                  the priors on variances and intercepts and of a row, run()
#                  gives the last run of the core, at first that of one
#                  regression for all rows
# stored_prior(prior, spec)              is this what prior() gives, as it comes back
#                  from a file?
# prior_constant(prior, spec)            what the objective leaves out of its
#                  log-density, where that depends on the last run
# empty            list(mean, log_density(y)) of rows with an offset of minus
#                  infinity, of every expert: nothing can happen there
# seen(y, names), drop_unseen(design, seen), add_unseen(parameters, spec, seen,
# rows)            kinds of response that a pilot may lack

#' A family with all its parts
#' @noRd
new_family <- function(parts) {
  defaults <- setdiff(names(family_defaults), names(parts))
  parts <- c(parts, family_defaults[defaults])
  absent <- setdiff(family_parts, names(parts))
  unknown <- c(
    setdiff(names(parts), c(family_parts, optional_parts)),
    setdiff(names(parts$help), help_topics)
  )
  if (length(absent) || length(unknown)) {
    stop(
      "family ", parts$name, ": missing ", toString(absent), "; unknown ",
      toString(unknown)
    )
  }
  structure(parts, class = "moe_family")
}

family_parts <- c(
  "name", "title", "help", "glm", "unit", "instead",
  "chosen_for", "check_response", "read_response", "replay_response",
  "read_numbers", "basis", "offset", "widen_offset", "observed", "row_counts",
  "grouped",
  "predictors", "scales", "positive", "n_par", "to_user", "from_user", "check_start",
  "jacobian", "mean_slopes", "move_scales", "stored_scales", "tangent", "start_coordinates",
  "cost", "defaults", "residuals",
  "describe", "reference", "augment", "drawing", "simulator",
  "draw", "seen"
)

optional_parts <- c(
  "any_number", "inform", "check_glm", "suits", "point_mass", "sigma", "distribution",
  "background_width", "classify", "prior", "stored_prior", "prior_constant",
  "drop_unseen", "add_unseen", "empty"
)

# What the help pages ask families for: a line on `family`, what a model is, the
# responses it takes (with what follows from them), and the meaning of offsets,
# ridge, distance of atoms, residuals, and of the simulator's own arguments.
help_topics <- c(
  "family", "model", "response", "offset", "ridge", "distance", "residuals",
  "simulator"
)

# The registry. The first is the default for responses that no other wants.
families <- lapply(list(
  gaussian = gaussian_experts(),
  multinomial = multinomial_experts(),
  poisson = poisson_experts()
), new_family)

#' The family of a fit, stream, tree, problem, spec or blueprint, or by its name
#' @noRd
family_of <- function(x) {
  if (!is.character(x)) {
    x <- if (is.null(x$spec)) x$family else x$spec$family
  }
  families[[x]]
}

#' @noRd
has_part <- function(x, part) {
  !is.null(family_of(x)[[part]])
}

#' The part of a family, or an error that says who lacks what
#'
#' @param what What was asked for, in cli markup.
#' @param hint The part of `instead` that says what to do where it was asked for;
#'   without it, that of the part.
#' @noRd
require_part <- function(x, part, what, call = rlang::caller_env(),
                         hint = part) {
  family <- family_of(x)
  if (is.null(family[[part]])) {
    refuse_part(family, part, what, call, hint)
  }
  family[[part]]
}

#' @param what,hint As in require_part().
#' @noRd
refuse_part <- function(family, part, what, call = rlang::caller_env(),
                        hint = part) {
  known <- intersect(c(hint, part), names(family$instead))
  hint <- family$instead[known[1L]]
  abort("unsupported", c(
    paste0(what, " is not for {family$title} experts."),
    if (!is.na(hint)) c("i" = unname(hint))
  ), call)
}

#' The family that a call asks for by `family =`, as its name; NULL if it does
#' not say
#' @noRd
check_family <- function(family, call = rlang::caller_env()) {
  if (is.null(family)) {
    return(NULL)
  }
  family <- called_family(family)
  glm <- if (inherits(family, "family")) family
  name <- if (is.null(glm)) family else glm$family
  for (own in families) {
    if (is.character(name) && length(name) == 1L && name %in% names(own$glm)) {
      if (!is.null(glm)) {
        check_link(glm, own, call)
      }
      return(own$name)
    }
  }
  check_choice(name, "family", names(families), call, "argument")
}

#' What a function such as binomial gives
#' @noRd
called_family <- function(family) {
  if (is.function(family)) {
    family <- tryCatch(family(), error = function(error) family)
  }
  family
}

#' The name of the family of glm() that was asked for, or NULL
#'
#' @param family As check_family() takes it.
#' @noRd
glm_name <- function(family) {
  family <- called_family(family)
  name <- if (inherits(family, "family")) family$family else family
  own <- unlist(lapply(families, function(own) names(own$glm)))
  if (is.character(name) && name %in% own) name
}

#' @noRd
check_link <- function(glm, family, call = rlang::caller_env()) {
  link <- family$glm[[glm$family]]
  if (glm$link != link) {
    hint <- family$instead["link"]
    abort("argument", c(
      "{.arg family} must have the {link} link.",
      "x" = "Its link is {.val {glm$link}}.",
      if (!is.na(hint)) c("i" = unname(hint))
    ), call)
  }
}

#' The family that a response asks for, or that was asked for if the response
#' can have it; `name` is the response's expression
#' @noRd
choose_family <- function(response, name, family = NULL,
                          call = rlang::caller_env()) {
  if (inherits(response, "Surv")) {
    abort("response_type", c(
      "Response {.code {name}} is a survival time: censoring is not modelled.",
      "i" = "Give the times as numbers only if none of them is censored."
    ), call)
  }
  if (is.null(family)) {
    wants <- vapply(families, function(own) own$chosen_for(response), NA)
    family <- c(names(families)[wants], names(families))[[1L]]
  }
  families[[family]]$check_response(response, name, call)
  family
}

#' What the help says of each family on a topic, as a list in Markdown
#' @noRd
describe_families <- function(topic) {
  text <- vapply(families, function(own) unname(own$help[topic]), "")
  text <- text[!is.na(text)]
  # One paragraph each: a list has no room for more.
  text <- gsub("\\s+", " ", text)
  paste0("- `\"", names(text), "\"`: ", text, ".", collapse = "\n")
}

#' A default of the families, as "0.01 (gaussian), 0.1 (multinomial)"; where it
#' is infinite they have none
#' @noRd
describe_defaults <- function(name) {
  value <- vapply(families, function(own) own$defaults[[name]], 0)
  value <- value[is.finite(value)]
  owners <- vapply(split(names(value), value), toString, "")
  paste0(names(owners), " (", owners, ")", collapse = ", ")
}
