# What a call asks for: its arguments, checked, and then the problem.

#' The arguments of sgmoe(), checked
#'
#' @param covariance,control `NULL` where the call does not say.
#' @param model Keep the model frame?
#' @param settings Those of the algorithm that came by name.
#' @param quoted As in build_design().
#' @param env The frame that the call came from.
#' @noRd
fit_request <- function(formula, data, k, family = NULL, gate = NULL,
                        covariance = NULL, shared = FALSE,
                        na.action = getOption("na.action"), method = "mm",
                        contrasts = NULL, start = NULL, model = TRUE,
                        control = NULL, settings = list(), quoted = list(),
                        env = parent.frame(), call = rlang::caller_env()) {
  incremental <- method == "incremental"
  split <- if (incremental) {
    split_settings(
      control %||% stream_control(), settings, call
    )
  }
  model_wanted <- check_model(k, family, covariance, shared, call)
  list(
    formula = formula, gate = gate, data = data, quoted = quoted,
    na.action = na.action, contrasts = contrasts, env = env,
    model = model_wanted,
    keep = check_flag(model, "model", call, "argument"),
    method = method, start = start, settings = split,
    control = if (incremental) {
      batch_control(split)
    } else {
      resolve_control(
        control %||% sgmoe_control(), settings, call
      )
    }
  )
}

#' The design that a request asks for
#' @noRd
request_design <- function(request, call = rlang::caller_env()) {
  design <- build_design(
    request$formula, request$gate, request$data, request$quoted,
    na.action = request$na.action,
    family = request$model$family, contrasts = request$contrasts,
    env = request$env, call = call
  )
  warn_row_dependent(design, request$data, call)
  design
}

#' Everything before the fit
#' @return list(problem, given): `given` is where to start, or `NULL`.
#' @noRd
prepare_fit <- function(request, call = rlang::caller_env(),
                        design = request_design(request, call)) {
  wanted <- settle_model(request$model, design$blueprint, call)
  problem <- new_problem(design, wanted, request$control, request$method, call)
  # R does not see the core's memory, and would not free what it needs no more.
  if (max(length(design$x), length(design$z)) > 5e6) {
    gc()
  }
  list(problem = problem, given = if (!is.null(request$start)) {
    resolve_start(request$start, problem, call)
  })
}

#' Refuse a call without formula or number of experts
#'
#' @param no_formula Is it missing?
#' @param no_k Is it missing?
#' @param example A call as it ought to be.
#' @noRd
check_given <- function(no_formula, no_k, example,
                        call = rlang::caller_env()) {
  if (no_k) {
    abort("k", c(
      "{.arg k}, the number of experts, must be given.",
      "i" = "Begin with 2 or 3, or let {.fn select_experts} choose."
    ), call)
  }
  if (no_formula) {
    abort("formula", c(
      "{.arg formula} must be given.",
      "i" = "For instance {.code {example}}."
    ), call)
  }
}

#' The model that a call asks for, checked
#' @noRd
check_model <- function(k, family, covariance, shared,
                        call = rlang::caller_env()) {
  list(
    k = check_number(
      k, "k", 1,
      whole = TRUE, call = call, what = "k",
      hint = if (is.numeric(k) && length(k) > 1L) {
        paste0(
          "To choose among several, write ",
          "{.code select_experts(formula, data, k_max = ", max(k), ")}."
        )
      }
    ),
    family = check_family(family, call), glm = glm_name(family),
    given_covariance = !is.null(covariance) || isTRUE(shared),
    covariance = check_choice(
      covariance %||% covariance_structures,
      "covariance", covariance_structures, call, "argument"
    ),
    shared = check_flag(shared, "shared", call, "argument")
  )
}

#' The model that was asked for, once the response is known: families without
#' standard deviations have no covariance
#' @noRd
settle_model <- function(wanted, blueprint, call = rlang::caller_env()) {
  if (has_part(blueprint, "check_glm")) {
    family_of(blueprint)$check_glm(wanted$glm, blueprint, call)
  }
  if (has_part(blueprint, "sigma")) {
    return(wanted)
  }
  if (wanted$given_covariance) {
    require_part(
      blueprint, "sigma", "{.arg covariance} or {.arg shared}",
      call, "covariance"
    )
  }
  wanted["covariance"] <- list(NULL)
  wanted
}

#' The columns that a request may need, or NULL for all
#' @noRd
wanted_columns <- function(request) {
  quoted <- lapply(request$quoted, `[[`, "expression")
  columns_named(c(list(request$formula, request$gate), quoted))
}
