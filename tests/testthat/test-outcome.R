# Fits that end badly: what they return, and what they say.

two_groups <- function(gap, noise = c(0.3, 0.3), n = 60) {
  set.seed(21)
  side <- rep(c(-1, 1), each = n / 2)
  data <- data.frame(x = side * gap + rnorm(n), v = rnorm(n))
  data$y <- ifelse(side > 0, 10 + data$x, -10 - data$x) +
    rnorm(n, sd = ifelse(side > 0, noise[[2]], noise[[1]]))
  # A start at the truth, so that no outcome hangs on luck.
  structure(data, truth = cbind(side < 0, side > 0) + 0)
}
# The one warning of an expression, and its value.
warned <- function(expression, what) {
  warning <- NULL
  value <- withCallingHandlers(expression, sgmoe_warning = function(caught) {
    if (inherits(caught, paste0("sgmoe_warning_", what))) {
      warning <<- caught
      invokeRestart("muffleWarning")
    }
  })
  expect_s3_class(warning, paste0("sgmoe_warning_", what))
  text <- gsub("\\s+", " ", cli::ansi_strip(conditionMessage(warning)))
  list(value = value, text = text)
}
test_that("a gate that separates is reported and points to ridge", {
  d <- two_groups(gap = 5)
  result <- warned(
    sgmoe(y ~ x, d, k = 2, start = attr(d, "truth"), ridge = 0), "separated"
  )
  expect_match(result$text, "gate separates.*`ridge =")
  expect_identical(result$value$reason, "separated")
  expect_false(result$value$converged)
  expect_true(all(is.finite(coef(result$value))))
  for (ridge in list(0.1, "auto")) {
    expect_no_warning(
      fit <- sgmoe(y ~ x, d, k = 2, start = attr(d, "truth"), ridge = ridge)
    )
    expect_identical(fit$reason, "converged")
    expect_true(fit$converged)
  }
})

test_that("groups that overlap are not called separated", {
  d <- two_groups(gap = 0.5)
  expect_no_warning(
    fit <- sgmoe(y ~ x, d, k = 2, start = attr(d, "truth"), ridge = 0)
  )
  expect_identical(fit$reason, "converged")
})

test_that("aliased columns have NA coefficients, as in lm", {
  d <- two_groups(gap = 0.5)
  d$twice <- 2 * d$x
  d$one <- 1
  start <- attr(d, "truth")
  plain <- sgmoe(y ~ x, d, k = 2, start = start, ridge = 0)
  messages <- capture_messages(
    fit <- sgmoe(y ~ x + twice + one, d, k = 2, start = start, ridge = 0)
  )
  text <- gsub("\\s+", " ", paste(messages, collapse = " "))
  expect_match(text, "2 columns.*are.*linear combination")
  expect_match(text, "\"twice\".*\"one\".*NA.*`ridge`")
  lost <- grepl("(twice|one)$", names(coef(fit)))
  expect_identical(unname(is.na(coef(fit))), lost)
  expect_equal(coef(fit)[!lost], coef(plain), tolerance = 1e-6)
  expect_equal(predict(fit, d[3:1, ]), predict(plain, d[3:1, ]),
    tolerance = 1e-6
  )
  expect_identical(attr(logLik(fit), "df"), attr(logLik(plain), "df"))
  # A gate without these columns loses none.
  expect_message(
    fit <- sgmoe(y ~ x + twice, d, k = 2, gate = ~x, start = start, ridge = 0),
    "1 column.*expert.*is a linear",
    class = "sgmoe_message_aliased"
  )
  expect_false(anyNA(coef(fit, "gate")))
  expect_no_message(
    fit <- sgmoe(y ~ x + twice, d, k = 2, start = start)
  )
  expect_false(anyNA(coef(fit)))
})

test_that("experts of no weight are kept and named", {
  d <- two_groups(gap = 0.5)
  start <- coef(sgmoe(y ~ x, d, k = 2, start = attr(d, "truth")))
  # Beyond what any density can make up for.
  start[["gate2:(Intercept)"]] <- -1e6
  start[["gate2:x"]] <- 0
  result <- warned(
    sgmoe(y ~ x, d, k = 2, start = start, ridge = 0), "starved"
  )
  expect_match(result$text, "Expert 2 has too little weight.*kept as it was")
  expect_identical(result$value$starved, c(FALSE, TRUE))
  expect_equal(coef(result$value)[["expert2:x"]], start[["expert2:x"]])
  expect_equal(
    unname(coef(result$value)[c("expert1:(Intercept)", "expert1:x")]),
    unname(coef(lm(y ~ x, d))),
    tolerance = 1e-6
  )
  # Several at once.
  start <- c(-1e6, 0, -1e6, 0, rep(0, 6), 1, 1, 1)
  result <- warned(
    sgmoe(y ~ x, d, k = 3, start = start, ridge = 0), "starved"
  )
  expect_match(result$text, "Experts 2 and 3 have too little weight")
})

test_that("a variance that collapses stops at its floor, and is named", {
  d <- two_groups(gap = 0.5, noise = c(0, 0.3))
  result <- warned(
    sgmoe(
      y ~ x, d,
      k = 2, start = attr(d, "truth"), variance_floor = 1e-5, ridge = 0
    ),
    "floored"
  )
  fit <- result$value
  expect_identical(sum(fit$floored), 1L)
  expert <- which(fit$floored)
  expect_match(result$text, paste("variance of expert", expert))
  expect_match(result$text, "floor.*`variance_floor`")
  floor <- sqrt(1e-5 * mean((d$y - mean(d$y))^2))
  expect_equal(sigma(fit)[[expert]], floor)
  expect_equal(coef(fit)[[paste0("expert", expert, ":x")]], -1,
    tolerance = 1e-4
  )
  # Several at once.
  d <- two_groups(gap = 0.5, noise = c(0, 0))
  result <- warned(
    sgmoe(y ~ x, d, k = 2, start = attr(d, "truth"), ridge = 0), "floored"
  )
  expect_match(result$text, "variances? of experts 1 and 2.*floor")
})

test_that("the limit of passes is reported; the fit is a start to go on from", {
  d <- two_groups(gap = 0.5)
  slow <- list(acceleration = "none", curvature = "bound", ridge = 0.1)
  mixed <- matrix(c(0.6, 0.4), 60, 2, byrow = TRUE) + 0.1 * attr(d, "truth")
  result <- warned(
    sgmoe(y ~ x, d, k = 2, start = mixed, max_passes = 3, control = slow),
    "pass_limit"
  )
  expect_match(result$text, "`max_passes = 3`.*`start = fit`")
  expect_identical(result$value$reason, "pass_limit")
  expect_false(result$value$converged)
  expect_identical(result$value$passes, 3)
  expect_no_warning(
    fit <- sgmoe(y ~ x, d, k = 2, start = result$value, ridge = 0.1)
  )
  expect_gte(fit$objective, result$value$objective)
})

# Interrupts -------------------------------------------------------------------

# Runs `fit` (an expression) in a process of its own, which gets SIGINT 0.2 s
# after a call into the core on all 50000 rows has begun; returns what became of
# it. The search for starts runs on fewer rows.
interrupted_child <- function(fit) {
  skip_on_os("windows")
  skip_on_cran()
  result <- tempfile(fileext = ".rds")
  script <- tempfile(fileext = ".R")
  on.exit(unlink(c(result, script)))
  program <- substitute(
    {
      library(sgmoe, lib.loc = LIBRARY)
      set.seed(1)
      data <- simulate_moe(50000, k = 4, p = 4)
      slow <- sgmoe_control(
        tolerance = 0, acceleration = "none", curvature = "bound", starts = 3
      )
      calls <- 0
      # A single pass evaluates what was found: that may follow an interrupt.
      on_call <- function(rows, most) {
        calls <<- calls + (most > 1 && (calls > 0 || rows == 50000))
        if (calls == 1 && most > 1) {
          kill <- sprintf("(sleep 0.2; kill -INT %d) &", Sys.getpid())
          system(kill)
        }
      }
      tracer <- quote(get("on_call", globalenv())(
        nrow(data$response$values), control$max_passes
      ))
      suppressMessages(trace(
        "core_fit", tracer,
        print = FALSE, where = asNamespace("sgmoe")
      ))
      classes <- character()
      fit <- withCallingHandlers(FIT, warning = function(warning) {
        classes <<- c(classes, class(warning)[[1L]])
        invokeRestart("muffleWarning")
      })
      saveRDS(list(fit = fit, classes = classes, calls = calls), RESULT)
    },
    list(
      LIBRARY = dirname(find.package("sgmoe")), FIT = substitute(fit),
      RESULT = result
    )
  )
  writeLines(deparse(program), script)
  output <- suppressWarnings(system2(
    file.path(R.home("bin"), "Rscript"), c("--vanilla", script),
    stdout = TRUE, stderr = TRUE, timeout = 100
  ))
  expect_true(file.exists(result), info = paste(output, collapse = "\n"))
  if (file.exists(result)) readRDS(result)
}

slow_test("an interrupted fit is returned with a warning", {
  # (The centre of the variance prior has a run of its own, before there is any
  # fit that could be returned.)
  child <- interrupted_child(sgmoe(
    y ~ x1 + x2 + x3 + x4, data,
    k = 4, control = slow, model = FALSE, ridge = 0.1, variance_prior = 0,
    start = matrix(rexp(200000), 50000)
  ))
  expect_identical(child$classes, "sgmoe_warning_interrupted")
  expect_identical(child$fit$reason, "interrupted")
  expect_false(child$fit$converged)
  expect_true(all(is.finite(coef(child$fit))))
  expect_true(is.finite(logLik(child$fit)))
  expect_gt(length(child$fit$trace), 1)
})

slow_test("an interrupt ends the whole search, not only one start", {
  child <- interrupted_child(sgmoe(
    y ~ x1 + x2 + x3 + x4, data,
    k = 4, control = slow, model = FALSE, ridge = 0
  ))
  expect_identical(child$classes, "sgmoe_warning_interrupted")
  expect_identical(child$fit$reason, "interrupted")
  expect_identical(child$calls, 1)
})
