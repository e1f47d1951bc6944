# No step of a fit ever goes down, for any family (helper-families.R).

test_families("the trace never falls, over a hundred random data sets", slow = TRUE, function(case) {
  settings <- expand.grid(
    method = c("mm", "em"), curvature = c("fisher", "bound"),
    acceleration = c("quasi-newton", "anderson", "none"),
    stringsAsFactors = FALSE
  )
  expect_ascent(case, settings, 1:100, often = case$provoked_often)
})

# The fast tier has a tenth of it.
test_families("the trace never falls, over ten random data sets", function(case) {
  settings <- expand.grid(
    method = c("mm", "em"), curvature = c("fisher", "bound"),
    acceleration = c("quasi-newton", "anderson"),
    stringsAsFactors = FALSE
  )
  expect_ascent(case, settings, 101:110)
})

test_families("the trace never falls under a ridge and its priors", function(case) {
  settings <- expand.grid(
    method = c("mm", "em"), curvature = c("fisher", "bound"),
    acceleration = c("quasi-newton", "none"),
    stringsAsFactors = FALSE
  )
  expect_ascent(case, settings, 201:206, with = function(problem) {
    problem$spec$ridge <- max(problem$spec$ridge, 0.2)
    if (problem$spec$k == 1) {
      return(problem)
    }
    with_weak_priors(problem, sgmoe_control(), NULL)
  })
})

test_families("the objective reported is that of the parameters returned", slow = TRUE, function(case) {
  for (seed in 1:25) {
    random <- case$random_case(seed)
    fit <- fit_case(random, max_passes = 30)
    problem <- problem_of(
      random$data, random$arguments,
      weighted = random$weighted
    )
    problem$model <- spec_model(fit$spec) # with the priors of the fit
    objective <- objective_by_hand(problem, fit$parameters)
    expect_equal(fit$objective, objective, tolerance = 1e-10)
    expect_equal(
      c(logLik(fit)),
      objective + reference_prior(fit$parameters, problem$model),
      tolerance = 1e-10
    )
    # The trace of the fit is that of the run, on the user's scale.
    expect_equal(
      fit$trace[[length(fit$trace)]], fit$objective,
      tolerance = 1e-12
    )
    expect_gte(min(diff(fit$trace), 0) / fit$nobs, -1e-10)
  }
})
