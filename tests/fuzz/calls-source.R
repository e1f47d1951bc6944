# Sources of chunks, of every kind.

# The database of this process.
database <- local({
  connection <- NULL
  function() {
    if (is.null(connection)) {
      connection <<- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
    }
    connection
  }
})

has_database <- requireNamespace("RSQLite", quietly = TRUE)

# A function that gives chunks; one that can begin anew, if asked.
chunk_function <- function(chunks, again) {
  at <- 0L
  next_one <- function() {
    at <<- at + 1L
    if (at <= length(chunks)) chunks[[at]]
  }
  if (!again) {
    return(function() next_one())
  }
  function(reset = FALSE) {
    if (reset) {
      at <<- 0L
      return(NULL)
    }
    next_one()
  }
}

# The rows in a few chunks, of which one may be spoilt.
cut_chunks <- function(data) {
  if (!is.data.frame(data) || nrow(data) == 0L) {
    return(list(data))
  }
  chunks <- split(data, sort(sample.int(3L, nrow(data), TRUE)))
  if (!mood$tame && chance(0.2)) {
    i <- sample.int(length(chunks), 1L)
    chunks[i] <- list(if (chance(0.3)) junk() else spoil(chunks[[i]]))
  }
  unname(chunks)
}

# Files last as long as the case that they were drawn for.
written <- new.env()

write_rows <- function(data) {
  plain <- data[!vapply(data, function(x) is.matrix(x) || is.list(x), NA)]
  path <- tempfile(fileext = one_of(".csv", ".csv.gz", ".txt"))
  written$paths <- c(written$paths, path)
  file <- if (endsWith(path, "gz")) gzfile(path, "w") else file(path, "w")
  on.exit(close(file))
  sep <- one_of(",", ";", "\t")
  utils::write.table(plain, file, sep = sep, row.names = FALSE, quote = chance(0.7))
  if (!mood$tame && chance(0.1)) cat("1,2\n\"", file = file)
  list(path = path, sep = sep)
}

remove_written <- function() {
  unlink(written$paths)
  written$paths <- character()
}

draw_file_source <- function(data) {
  file <- write_rows(data)
  arguments <- list(file$path, chunk = maybe_junk(one_of(7, 50, 1e5), 0.1))
  if (chance(0.5)) arguments["sep"] <- list(maybe_junk(file$sep, 0.1))
  if (chance(0.1)) arguments["skip"] <- list(maybe_junk(1, 0.3))
  if (chance(0.1)) arguments["classes"] <- list(maybe_junk(c(x1 = "numeric"), 0.4))
  if (chance(0.1)) arguments["check.names"] <- list(maybe_junk(FALSE, 0.4))
  do.call(sgmoe::file_source, arguments)
}

draw_dbi_source <- function(data) {
  if (!has_database) {
    return(sgmoe::frame_source(data))
  }
  plain <- data[!vapply(data, function(x) is.matrix(x) || is.list(x), NA)]
  DBI::dbWriteTable(database(), "rows", plain, overwrite = TRUE)
  sgmoe::dbi_source(
    database(), maybe_junk("SELECT * FROM rows", 0.1),
    chunk = maybe_junk(one_of(7, 1e5), 0.1)
  )
}

draw_source <- function(data) {
  kind <- sample(7L, 1L, prob = c(3, 2, 2, 2, 1, 1, 1))
  switch(kind,
    sgmoe::frame_source(data, chunk = maybe_junk(one_of(7, 30, 1e5), 0.1)),
    cut_chunks(data),
    sgmoe::as_chunk_source(cut_chunks(data)),
    sgmoe::as_chunk_source(chunk_function(cut_chunks(data), TRUE)),
    chunk_function(cut_chunks(data), chance(0.7)),
    tryCatch(draw_file_source(data), error = pass_classed),
    tryCatch(draw_dbi_source(data), error = pass_classed)
  )
}

# A source that writing the data failed for is the data; what the package refuses
# is for outcome() to judge.
pass_classed <- function(error) {
  if (has_class(error) || !grepl("^(write|db|sqlite)", callers_of(error))) {
    stop(error)
  }
  stop(structure(
    class = c("sgmoe_error_skip", "error", "condition"),
    list(message = conditionMessage(error), call = NULL)
  ))
}

callers_of <- function(error) {
  call <- conditionCall(error)
  if (is.call(call) && is.name(call[[1L]])) as.character(call[[1L]]) else "dbi"
}

call_partitions <- function(data) {
  parts <- lapply(cut_chunks(data), function(chunk) {
    if (chance(0.5)) chunk else sgmoe::as_chunk_source(list(chunk))
  })
  if (chance(0.2)) parts <- maybe_junk(parts, 0.5)
  made <- sgmoe::partitions(parts)
  if (chance(0.3)) {
    return(quiet(sgmoe::sgmoe(y ~ x1, made, k = 2, starts = 1, ridge = 0.1)))
  }
  made
}

source_methods <- list(
  print = function(x, data) utils::capture.output(print(x)),
  read = function(x, data) {
    rows <- 0
    while (!is.null(chunk <- quiet(sgmoe::next_chunk(x)))) rows <- rows + nrow(chunk)
    rows
  },
  next_chunk = function(x, data) {
    quiet(sgmoe::next_chunk(x))
    NULL
  },
  reset_source = function(x, data) {
    sgmoe::reset_source(x)
    NULL
  },
  close_source = function(x, data) {
    sgmoe::close_source(x)
    NULL
  },
  as_chunk_source = function(x, data) {
    sgmoe::as_chunk_source(x)
    NULL
  },
  stream = function(x, data) {
    quiet(sgmoe::sgmoe_stream(y ~ x1, x, k = 2, ridge = 0.1, starts = 1))
  },
  select_experts = function(x, data) {
    quiet(sgmoe::select_experts(y ~ x1, x, k_max = 2, ridge = 0.1))
  },
  consume = function(x, data) {
    stream <- quiet(sgmoe::sgmoe_stream(y ~ x1, data, k = 2, ridge = 0.1, starts = 1))
    quiet(sgmoe::consume(stream, x))
  }
)

partitions_methods <- list(
  print = function(x, data) utils::capture.output(print(x))
)
