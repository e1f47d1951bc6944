# The layout of the sources: who knows families, who calls whom.

# As a word or as a part of one; a comment may speak of a family, code may not.
family_name <- paste0(
  "gaussian|multinomial|poisson|binomial|has_classes|",
  "response_kind (=|!)=|identical[(].*response_kind"
)

code_lines <- function(files) {
  lines <- source_lines(files)
  sub("#.*|//.*", "", lines)
}

test_that("nobody but family files knows a family's name", {
  files <- grep("/family[^/]*[.]R$", r_files(), value = TRUE, invert = TRUE)
  lines <- code_lines(files)
  expect_gt(length(lines), 4000)
  expect_identical(names(grep(family_name, lines, value = TRUE)), character())
  # In C++, but for a file a family and the registry of engines.
  own <- "(^|/)(family/|engine(_[a-z]+)?[.]cpp$|RcppExports)"
  core <- c(
    list.files(source_folder("src"), "[.](cpp|h)$", full.names = TRUE),
    list.files(
      source_folder("inst"), "[.](hpp|h|R)$",
      full.names = TRUE, recursive = TRUE
    )
  )
  # A built package has its vignettes' code in inst/doc.
  core <- grep(paste0(own, "|/inst/doc/"), core, value = TRUE, invert = TRUE)
  expect_gt(length(core), 30)
  expect_identical(
    names(grep(family_name, code_lines(core), value = TRUE, ignore.case = TRUE)),
    character()
  )
  # The pattern finds what it should.
  expect_true(all(grepl(
    family_name,
    c("x == \"gaussian\"", "c('poisson')", "has_classes(fit)")
  )))
})

# The first word of a file's name is its room, see DESIGN.md; the front doors and
# what Rcpp writes have names of their own.
test_that("every file is in a room", {
  rooms <- c(
    "base", "check", "design", "family", "fit", "inference", "method",
    "partitions", "plot", "score", "select", "source", "spec", "spill", "stream",
    "tune"
  )
  doors <- c("RcppExports.R", "sgmoe-package.R", "sgmoe.R", "simulate-moe.R")
  names <- setdiff(basename(r_files()), doors)
  expect_gt(length(names), 100)
  expect_identical(
    names[!sub("[-.].*", "", names) %in% rooms], character()
  )
})

test_that("no name is defined twice", {
  names <- unlist(lapply(definitions(r_files()), names))
  expect_gt(length(names), 500)
  expect_identical(unique(names[duplicated(names)]), character())
})

# Names that an expression uses; `x$name` does not use `name`.
used_names <- function(expression) {
  if (is.symbol(expression)) {
    return(as.character(expression))
  }
  if (is.pairlist(expression)) {
    return(unlist(lapply(expression, function(default) {
      if (!missing(default)) used_names(default)
    })))
  }
  if (!is.call(expression)) {
    return(character())
  }
  parts <- as.list(expression)
  if (is.symbol(parts[[1L]]) &&
    as.character(parts[[1L]]) %in% c("$", "@", "::", ":::")) {
    parts <- if (as.character(parts[[1L]]) %in% c("$", "@")) parts[2L]
  }
  unlist(lapply(parts, function(part) {
    if (!missing(part)) used_names(part)
  }))
}

# File -> the files whose functions it uses.
file_graph <- function(defined) {
  home <- rep(names(defined), lengths(defined))
  names(home) <- unlist(lapply(defined, names))
  lapply(stats::setNames(names(defined), names(defined)), function(file) {
    used <- unique(unlist(lapply(defined[[file]], used_names)))
    setdiff(unique(unname(home[intersect(used, names(home))])), file)
  })
}

# A cycle as "a -> b -> a", or NULL.
find_cycle <- function(graph) {
  done <- character()
  visit <- function(file, path) {
    if (file %in% path) {
      return(c(path[match(file, path):length(path)], file))
    }
    if (file %in% done) {
      return(NULL)
    }
    for (other in graph[[file]]) {
      cycle <- visit(other, c(path, file))
      if (!is.null(cycle)) {
        return(cycle)
      }
    }
    done <<- c(done, file)
    NULL
  }
  for (file in names(graph)) {
    cycle <- visit(file, character())
    if (!is.null(cycle)) {
      return(paste(cycle, collapse = " -> "))
    }
  }
}

slow_test("no cycle between files", {
  graph <- file_graph(definitions(r_files()))
  expect_gt(sum(lengths(graph)), 200)
  expect_null(find_cycle(graph))
})

test_that("a cycle would be found and named", {
  defined <- list(
    a.R = list(f = quote(function(x) g(x)$h)),
    b.R = list(g = quote(function(x, y = k()) lapply(x, h2))),
    c.R = list(h2 = quote(function(x) f(x)), h = 1, k = quote(function() 1))
  )
  expect_identical(find_cycle(file_graph(defined)), "a.R -> b.R -> c.R -> a.R")
  defined$c.R$h2 <- quote(function(x) x$f + base::g)
  expect_null(find_cycle(file_graph(defined)))
})

# Dead code ----------------------------------------------------------------------

# Symbols of an expression, and words in its strings: messages call functions, too.
all_words <- function(expression) {
  if (is.character(expression)) {
    unlist(strsplit(expression, "[^A-Za-z0-9_.]+"))
  } else if (is.symbol(expression)) {
    as.character(expression)
  } else if (is.call(expression) || is.pairlist(expression)) {
    unlist(lapply(as.list(expression), function(part) {
      if (!missing(part)) all_words(part)
    }))
  }
}

# Names that nothing else uses.
unused_names <- function(defined, known) {
  values <- unlist(unname(defined), recursive = FALSE)
  words <- lapply(values, function(value) unique(all_words(value)))
  count <- table(unlist(words))
  own <- mapply(`%in%`, names(values), words)
  uses <- as.integer(count[names(values)]) - own
  unused <- names(values)[is.na(uses) | uses == 0]
  # Methods of generics of our own are found by their names.
  generic <- sub("[.].*", "", unused)
  setdiff(unused[!(generic != unused & generic %in% names(values))], known)
}

test_that("every name is used, exported or a method", {
  space <- readLines(file.path(source_folder("R"), "..", "NAMESPACE"))
  parts <- regmatches(space, regexec("^(S3method|export)\\((.*)\\)$", space))
  known <- vapply(Filter(length, parts), function(part) {
    own <- strsplit(gsub("\"", "", part[[3L]]), ",")[[1L]]
    paste(sub(".*::", "", own), collapse = ".")
  }, "")
  expect_gt(length(known), 150)
  # Help pages are made by some.
  page <- grep("`r [a-z_]+[(]", source_lines(r_files()), value = TRUE)
  # core_unpack() is there for tests: core_pack() has an inverse.
  known <- c(known, ".onLoad", "core_unpack", sub(".*`r ([a-z_]+)[(].*", "\\1", page))
  expect_identical(unused_names(definitions(r_files()), known), character())
  # What is dead would be found.
  defined <- list(a.R = list(
    f = quote(function(x) f(x)), g = quote(function() 1), h = quote(function() 2),
    k = quote(function() abort("{g()}")), k.default = quote(function() 3)
  ))
  expect_identical(unused_names(defined, "k"), c("f", "h"))
})

# Arguments --------------------------------------------------------------------

# Names on the page of arguments that mean the same everywhere.
names_on_page <- function(lines) {
  entries <- grep("^# [A-Za-z_.0-9, ]+:", lines, value = TRUE)
  unlist(strsplit(sub("^# ([^:]*):.*", "\\1", entries), ", "))
}

# The arguments of internal functions with more than two of which neither the
# page nor the comment before the function says what they are.
unexplained <- function(lines, page) {
  code <- parse(text = lines, keep.source = TRUE, encoding = "UTF-8")
  found <- character()
  for (i in seq_along(code)) {
    call <- code[[i]]
    if (!is.call(call) || !identical(call[[1L]], as.name("<-")) ||
      !is.call(call[[3L]]) || !identical(call[[3L]][[1L]], quote(`function`))) {
      next
    }
    at <- attr(code, "srcref")[[i]][[1L]]
    above <- rev(lines[seq_len(at - 1L)])
    comment <- above[cumprod(startsWith(above, "#'")) == 1]
    arguments <- setdiff(names(call[[3L]][[2L]]), c("call", "..."))
    if (length(arguments) < 3L || any(grepl("@export|@rdname", comment))) {
      next
    }
    said <- vapply(arguments, function(argument) {
      word <- paste0("\\b", gsub(".", "[.]", argument, fixed = TRUE), "\\b")
      argument %in% page || any(grepl(word, comment))
    }, NA)
    found <- c(found, paste0(as.character(call[[2L]]), "(", arguments[!said], ")",
      recycle0 = TRUE
    ))
  }
  found
}

test_that("every internal function says what its arguments are", {
  page <- names_on_page(readLines(file.path(source_folder("R"), "base-arguments.R")))
  expect_gt(length(page), 50)
  for (file in setdiff(r_files(), grep("RcppExports", r_files(), value = TRUE))) {
    lines <- readLines(file, warn = FALSE, encoding = "UTF-8")
    expect_identical(unexplained(lines, page), character(), label = file)
  }
  # What is missing would be found.
  lines <- c("#' Adds `b`", "#' @noRd", "f <- function(a, b, c, call) a + b + c")
  expect_identical(unexplained(lines, "a"), "f(c)")
})
