# Sources of chunks for the tests: one table in every form it may have.

# Numbers, whole numbers, text with commas, quotes and line feeds, missing values;
# a column that is missing in the first chunks, and one that is whole there.
chunk_table <- function(n = 1000) {
  set.seed(7)
  data.frame(
    y = stats::rnorm(n), x = stats::runif(n), i = as.double(seq_len(n)),
    late = ifelse(seq_len(n) > 0.6 * n, 2.5, 1),
    text = sample(c("a", "b, c", "d \"e\"", "f\ng", "\u00e4"), n, TRUE),
    missing = ifelse(seq_len(n) > 0.5 * n, "seen", NA),
    hole = replace(stats::rnorm(n), seq(1, n, 7), NA)
  )
}

chunk_file <- function(data, fileext = ".csv.gz", ...) {
  path <- tempfile(fileext = fileext)
  connection <- if (grepl("gz$", fileext)) gzfile(path, "w") else file(path, "w")
  on.exit(close(connection))
  utils::write.csv(data, connection, row.names = FALSE, ...)
  path
}

# All that a source gives from where it stands.
read_all <- function(source) {
  chunks <- list()
  while (!is.null(chunk <- next_chunk(source))) {
    chunks <- c(chunks, list(chunk))
  }
  result <- do.call(rbind, chunks)
  row.names(result) <- NULL
  result
}

chunk_sizes <- function(source) {
  sizes <- integer()
  while (!is.null(chunk <- next_chunk(source))) {
    sizes <- c(sizes, nrow(chunk))
  }
  sizes
}

sqlite_table <- function(data, frame = parent.frame()) {
  con <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
  withr_defer(DBI::dbDisconnect(con), frame)
  DBI::dbWriteTable(con, "data", data)
  con
}

# At the end of the caller, as withr::defer() does.
withr_defer <- function(expression, frame) {
  do.call(on.exit, list(substitute(expression), TRUE, FALSE), envir = frame)
}

# The source fails at its chunk `number`: its condition.
source_error <- function(expression) {
  tryCatch(expression, sgmoe_error_source = identity)
}

squeezed <- function(condition) {
  gsub("\\s+", " ", cli::ansi_strip(conditionMessage(condition)))
}

# Without the warning that an expert has lost its weight.
quietly_starved <- function(expression) {
  withCallingHandlers(expression, sgmoe_warning_starved = function(warning) {
    invokeRestart("muffleWarning")
  })
}

expect_no_sorted <- function(expression) {
  found <- FALSE
  withCallingHandlers(expression, sgmoe_warning = function(warning) {
    found <<- found || inherits(warning, "sgmoe_warning_sorted")
    invokeRestart("muffleWarning")
  })
  expect_false(found)
}
