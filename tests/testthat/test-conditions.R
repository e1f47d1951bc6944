test_that("conditions carry their class, their call and evaluated markup", {
  raise_it <- function(value) {
    abort("demo", c("Found {.val {value}}.", "i" = "Do that."), quote(fit(x)))
  }
  error <- expect_error(raise_it("a{b"), class = "sgmoe_error_demo")
  expect_s3_class(error, "sgmoe_error")
  expect_match(conditionMessage(error), "a{b", fixed = TRUE)
  expect_match(conditionMessage(error), "Do that")
  expect_identical(conditionCall(error), quote(fit(x)))
  expect_warning(warn("demo", "w"), class = "sgmoe_warning_demo")
  expect_warning(warn("demo", "w"), class = "sgmoe_warning")
  expect_message(inform("demo", "m"), class = "sgmoe_message_demo")
  expect_message(inform("demo", "m"), class = "sgmoe_message")
})

test_that("conditions are the same without rlang, which cli only suggests", {
  plain <- function(kind) {
    found <- "x"
    raise(
      kind, "demo", c("Found {.val {found}}.", "i" = "Do that."),
      quote(fit(x)), environment(),
      has_rlang = FALSE
    )
  }
  error <- expect_error(plain("error"), class = "sgmoe_error_demo")
  expect_s3_class(error, c("sgmoe_error", "error"))
  expect_match(conditionMessage(error), "Found.*x.*Do that")
  expect_warning(plain("warning"), "Found", class = "sgmoe_warning_demo")
  expect_message(plain("message"), "Found", class = "sgmoe_message_demo")
})

test_that("types are named in plain words", {
  kinds <- list(
    numeric = 1, numeric = 1L, numeric = I(1), logical = NA,
    character = "a", factor = factor("a"), `ordered factor` = ordered("a"),
    Date = Sys.Date(), POSIXct = Sys.time(), complex = 1i, list = list(),
    `function` = mean, `data frame` = data.frame(), `NULL` = NULL,
    `numeric matrix (2 columns)` = diag(2), numeric = ts(1:3),
    `character matrix (1 columns)` = matrix("a"),
    `numeric array` = array(1, c(1, 1, 1)),
    integer64 = structure(1, class = "integer64")
  )
  expect_identical(unname(vapply(kinds, kind_of, "")), names(kinds))
})
