# What README shows is what its code prints. Tests compare; `make readme`
# (tools/readme.R) writes it anew.

# Fenced blocks of a Markdown file: their language, first and last line of code.
fenced_blocks <- function(lines) {
  fences <- grep("^```", lines)
  opening <- fences[c(TRUE, FALSE)]
  closing <- fences[c(FALSE, TRUE)]
  data.frame(
    language = sub("^```", "", lines[opening]), first = opening + 1L,
    last = closing - 1L
  )
}

block_lines <- function(lines, block) {
  lines[seq_len(length(lines)) >= block$first & seq_len(length(lines)) <= block$last]
}

# What code prints at the prompt; messages and warnings are left out.
printed <- function(code, env) {
  old <- options(width = 80, digits = 7, cli.num_colors = 1L, warn = -1)
  on.exit(options(old))
  utils::capture.output(suppressMessages(suppressWarnings(
    for (expression in parse(text = code, keep.source = FALSE)) {
      result <- withVisible(eval(expression, env))
      if (result$visible) print(result$value)
    }
  )))
}

# Packages that a piece of code names by `::` and that are not installed.
absent_packages <- function(code) {
  names <- unlist(regmatches(code, gregexpr("[A-Za-z0-9.]+(?=::)", code, perl = TRUE)))
  Filter(function(name) !requireNamespace(name, quietly = TRUE), unique(names))
}

# The R blocks in order, each with the lines of README that it prints, if the
# block after it is for them, and what it does print.
readme_blocks <- function(lines) {
  blocks <- fenced_blocks(lines)
  env <- new.env(parent = globalenv())
  found <- list()
  for (i in which(blocks$language == "r")) {
    code <- block_lines(lines, blocks[i, ])
    shown <- i < nrow(blocks) && blocks$language[i + 1L] == ""
    absent <- absent_packages(code)
    if (length(absent)) {
      message("README: not run without ", paste(absent, collapse = ", "), ".")
    }
    found <- c(found, list(list(
      block = if (shown) blocks[i + 1L, ],
      shown = if (shown) block_lines(lines, blocks[i + 1L, ]),
      printed = if (!length(absent)) printed(code, env)
    )))
  }
  found
}

# The table of comparisons, from the tables of the benches in `folder`.
readme_table <- function(folder) {
  table <- function(name) utils::read.csv(file.path(folder, name))
  times <- function(x) format(round(stats::median(x, na.rm = TRUE)))
  race <- table("gaussian.csv")
  race <- race[race$method == "default", ]
  classes <- table("classification_speed.csv")
  counts <- table("poisson.csv")
  counts <- counts[counts$start == "random", ]
  stream <- table("stream.csv")
  others <- c("adam", "rmsprop", "sgd", "sophia")
  middle <- function(family, method) {
    stats::median(stream$distance[stream$family == family & stream$method == method])
  }
  distance <- function(family) {
    peer <- min(vapply(others, function(name) middle(family, name), 0))
    c(
      formatC(middle(family, "incremental MM"), digits = 2, format = "fg"),
      formatC(peer, digits = 2, format = "fg")
    )
  }
  streams <- rbind(distance("gaussian"), distance("multinomial"))
  c(
    "| experts | times faster than flexmix | distance after one pass | ... of the best other |",
    "|---|---:|---:|---:|",
    sprintf(
      "| %s | %s | %s | %s |",
      c("linear regressions", "classes", "counts"),
      c(times(race$times_flexmix), times(classes$times_flexmix), times(counts$times_flexmix)),
      c(streams[, 1L], ""), c(streams[, 2L], "")
    )
  )
}

table_place <- function(lines) {
  c(first = match("<!-- table -->", lines), last = match("<!-- end of table -->", lines))
}

# The tables of the benches that the vignettes and README quote.
bench_folder <- function() {
  system.file("bench", package = "sgmoe", mustWork = TRUE)
}

read_readme <- function() {
  places <- c(test_path("..", "..", "README.md"), file.path(
    test_path("..", "..", "00_pkg_src", "sgmoe"), "README.md"
  ))
  readLines(places[file.exists(places)][[1L]], encoding = "UTF-8")
}
