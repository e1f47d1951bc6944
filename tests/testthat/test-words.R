# Words that the project does not use (CONTRIBUTING.md says what instead), in
# all that a user reads: messages, help pages, vignettes and README.

forbidden <- c(
  "\\blaws?\\b", "\\bbut for\\b", "\\ba row a row\\b", "log-likelihood a row",
  "log-likelihood an? observation", "loss of log-likelihood", "parameters? a row",
  "\\bis no (tree|fit|factor|number)\\b", "\\bare no (fits?|factors|numbers|trees)\\b",
  "\\bat no height\\b", "above its least", "\\bwalks?\\b",
  "\\b(every|each|another|other|next|that|all) levels? of (a|the) (tree|path|selection|dendrogram)"
)

found_words <- function(lines) {
  hits <- grep(paste(forbidden, collapse = "|"), lines, ignore.case = TRUE, perl = TRUE)
  paste0(names(lines)[hits], " ", lines[hits], recycle0 = TRUE)
}

# Phrases with some words around them.
found_phrases <- function(texts) {
  pattern <- paste0(".{0,40}(", paste(forbidden, collapse = "|"), ").{0,20}")
  hits <- regmatches(texts, gregexpr(pattern, texts, ignore.case = TRUE, perl = TRUE))
  as.character(unlist(Map(function(name, found) {
    paste0(basename(name), ": ", found, recycle0 = TRUE)
  }, names(texts), hits)))
}

# The strings in R code, with their places.
strings_in <- function(file) {
  data <- utils::getParseData(parse(file, keep.source = TRUE, encoding = "UTF-8"))
  strings <- data[data$token == "STR_CONST", ]
  if (!nrow(strings)) {
    return(NULL)
  }
  text <- strings$text
  long <- startsWith(text, "[") # cut off
  text[long] <- vapply(strings$id[long], function(id) utils::getParseText(data, id), "")
  stats::setNames(gsub("[[:space:]]+", " ", text), paste0(basename(file), ":", strings$line1))
}

test_that("messages and prints use the field's words", {
  strings <- unlist(lapply(r_files(), strings_in))
  expect_gt(length(strings), 1000)
  expect_identical(found_words(strings), character())
})

test_that("help pages, vignettes and README do, too", {
  pages <- list.files(source_folder("man"), "[.]Rd$", full.names = TRUE)
  lines <- source_lines(pages)
  # A line break may divide a phrase.
  whole <- vapply(split(lines, sub(":.*", "", names(lines))), function(page) {
    gsub("[[:space:]]+", " ", paste(page, collapse = " "))
  }, "")
  expect_identical(found_phrases(whole), character())
  places <- list.files(test_path("..", "..", "vignettes"), "[.]Rmd$", full.names = TRUE)
  expect_identical(found_phrases(vapply(places, function(file) {
    gsub("[[:space:]]+", " ", paste(readLines(file, encoding = "UTF-8"), collapse = " "))
  }, "")), character())
  expect_identical(found_phrases(c(README = paste(read_readme(), collapse = " "))), character())
})

test_that("a forbidden word would be found", {
  expect_length(found_words(c(a = "It follows no known law.")), 1L)
  expect_length(found_phrases(c(a = "equal, but for rounding")), 1L)
  expect_length(found_words(c(a = "four experts by HQ")), 0L)
})

# Messages that a vignette quotes in a table are messages that are printed.
test_that("vignettes quote messages as they are", {
  said <- gsub("[[:space:]]+", " ", paste(
    readLines(test_path("_snaps", "messages.md"), encoding = "UTF-8"),
    collapse = " "
  ))
  files <- list.files(test_path("..", "..", "vignettes"), "[.]Rmd$", full.names = TRUE)
  lines <- unlist(lapply(files, readLines, encoding = "UTF-8"))
  quoted <- sub("^\\| \"([^\"]+)\" \\|.*", "\\1", grep("^\\| \"[^\"]+\" \\|", lines, value = TRUE))
  if (length(files)) expect_gt(length(quoted), 3)
  for (message in quoted) {
    expect_true(grepl(message, said, fixed = TRUE), label = message)
  }
})

test_that("vignettes hide no function of R: they are built in one session", {
  files <- Sys.glob(file.path(source_folder("vignettes"), "*.Rmd"))
  expect_gt(length(files), 5)
  for (file in files) {
    lines <- readLines(file, encoding = "UTF-8")
    defined <- sub(" <- function.*", "", grep("^[A-Za-z_.]+ <- function", lines, value = TRUE))
    hidden <- Filter(function(name) {
      any(vapply(c("base", "stats", "utils", "graphics", "methods"), function(package) {
        exists(name, asNamespace(package), inherits = FALSE)
      }, NA))
    }, defined)
    expect_identical(hidden, character(), label = basename(file))
  }
})
