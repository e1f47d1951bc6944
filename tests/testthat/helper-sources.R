# The sources of the package, for tests of how they are written.

# The sources beside the tests, or where R CMD check keeps them.
source_folder <- function(name) {
  places <- c(
    test_path("..", "..", name),
    test_path("..", "..", "00_pkg_src", "sgmoe", name)
  )
  found <- places[dir.exists(places)]
  if (!length(found)) {
    stop("The sources of the package are not where its tests look for them.")
  }
  found[[1L]]
}

source_lines <- function(files) {
  unlist(lapply(files, function(file) {
    lines <- readLines(file, warn = FALSE, encoding = "UTF-8")
    stats::setNames(lines, paste0(basename(file), ":", seq_along(lines)))
  }))
}

r_files <- function() {
  list.files(source_folder("R"), "[.]R$", full.names = TRUE)
}

# The names defined at top level in each file.
definitions <- function(files) {
  found <- lapply(files, function(file) {
    calls <- as.list(parse(file, keep.source = FALSE, encoding = "UTF-8"))
    calls <- Filter(function(call) {
      is.call(call) && identical(call[[1L]], as.name("<-")) &&
        is.symbol(call[[2L]])
    }, calls)
    values <- lapply(calls, `[[`, 3L)
    stats::setNames(values, vapply(calls, function(call) {
      as.character(call[[2L]])
    }, ""))
  })
  stats::setNames(found, basename(files))
}
