# What is raised, and doing without it.

# The message of a refusal in one line, after a check of its classes.
refusal <- function(expression, what) {
  error <- tryCatch(expression, error = identity)
  expect_s3_class(error, paste0("sgmoe_error_", what))
  expect_s3_class(error, "sgmoe_error")
  gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
}

quiet <- function(expression) suppressWarnings(suppressMessages(expression))
