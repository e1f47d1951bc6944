# tier: slow (all or nothing: the last tests ask what the others showed)
#
# What a user reads: every condition that the package raises, as a snapshot, to
# be read as by somebody who has never seen the package. The cases are in the files
# of messages/, by subject. The last tests find the conditions that no case shows;
# for these all run in one process.

expect_said <- function(code) {
  local_reproducible_output(width = 80)
  local_noted()
  set.seed(1)
  eval(bquote(expect_snapshot(.(substitute(code)))), parent.frame())
}

quickly <- function(expression) suppressWarnings(suppressMessages(expression))

lines_fit <- function(...) {
  set.seed(1)
  quickly(sgmoe(dist ~ speed, cars, k = 2, starts = 1, ridge = 0, ...))
}

flowers_fit <- function(...) {
  set.seed(1)
  sgmoe(
    Species ~ Sepal.Length + Sepal.Width, iris,
    k = 2, starts = 1, ridge = 1, ...
  )
}

tooth_stream <- function(...) {
  set.seed(1)
  sgmoe_stream(len ~ dose, ToothGrowth, k = 2, starts = 1, ridge = 0.1, ...)
}

flowers_stream <- function(..., response = Species ~ Sepal.Length) {
  set.seed(1)
  sgmoe_stream(response, iris, k = 2, starts = 1, ridge = 0.1, ...)
}

# Counts in two classes.
ballots <- data.frame(
  x = 1:6, yes = c(3, 0, 2, 5, 1, 4), no = c(1, 4, 2, 0, 3, 1)
)

for (file in sort(
  list.files(test_path("messages"), "[.]R$", full.names = TRUE),
  method = "radix"
)) {
  sys.source(file, environment(), keep.source = TRUE)
}

test_that("every condition in the sources has been shown", {
  sites <- condition_sites(definitions(r_files()))
  expect_gt(length(sites), 150)
  expect_identical(anyDuplicated(sites), 0L)
  unseen <- sites[!sites %in% heard$shown]
  expect(length(unseen) == 0L, paste(
    c("No case shows:", paste0(names(unseen), ": ", unseen)),
    collapse = "\n"
  ))
})

test_that("a condition without a case would be found", {
  check <- function(x, why = warn("b", "B")) {
    if (x) abort("a", "A") else lapply(1, function(x) inform("c", why))
  }
  sites <- condition_sites(list(a.R = list(
    check = call("function", formals(check), body(check)),
    other = quote(x$abort)
  )))
  expect_setequal(
    sites, c('abort("a", "A")', 'warn("b", "B")', 'inform("c", why)')
  )
  expect_identical(unique(names(sites)), "check")
})

test_that("a site counts only if its condition came through", {
  before <- heard$shown
  local_noted()
  raise <- eval(quote(function(x) abort("lost", x)), asNamespace("sgmoe"))
  expect_output(said({
    try(raise("One."), silent = TRUE)
    sgmoe(dist ~ speed, cars)
  }), "sgmoe_error_k")
  expect_false('abort("lost", x)' %in% heard$shown)
  expect_output(said(raise("Two.")), "sgmoe_error_lost")
  expect_true('abort("lost", x)' %in% heard$shown)
  heard$shown <- before
  expect_error(said(1), "No condition")
})
