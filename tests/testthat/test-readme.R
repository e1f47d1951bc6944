# README is for a person who decides in two minutes: it is short, and what it
# shows is what its code prints (`make readme` writes it anew).

# Words without their numbers, and the numbers.
words_of <- function(lines) {
  text <- gsub("-?[0-9][0-9.]*(e[-+]?[0-9]+)?", "#", paste(lines, collapse = "\n"))
  strsplit(trimws(text), "[[:space:]]+")[[1L]]
}
numbers_of <- function(lines) {
  text <- paste(lines, collapse = "\n")
  as.numeric(regmatches(text, gregexpr("-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?", text))[[1L]])
}

test_that("README has at most 120 lines", {
  expect_lte(length(read_readme()), 120)
})

slow_test("the output in README is what its code prints", {
  blocks <- Filter(function(block) !is.null(block$shown), readme_blocks(read_readme()))
  expect_gte(length(blocks), 4)
  for (block in blocks) {
    if (is.null(block$printed)) next
    expect_identical(words_of(block$shown), words_of(block$printed))
    # Other compilers round the last digits differently.
    expect_equal(numbers_of(block$shown), numbers_of(block$printed), tolerance = 1e-3)
  }
})

test_that("the table in README is made of the tables of the benches", {
  lines <- read_readme()
  place <- table_place(lines)
  shown <- lines[seq(place[["first"]] + 1L, place[["last"]] - 1L)]
  expect_identical(shown[nzchar(shown)], readme_table(bench_folder()))
})

test_that("inst/bench has the tables of bench/ as they are", {
  # bench/ is left out of the built package; there is nothing to compare there.
  folder <- test_path("..", "..", "bench")
  copies <- list.files(bench_folder(), "[.]csv$", full.names = TRUE)
  expect_gt(length(copies), 5)
  for (copy in copies[dir.exists(folder)]) {
    original <- file.path(folder, basename(copy))
    expect_identical(unname(tools::md5sum(copy)), unname(tools::md5sum(original)),
      label = paste(basename(copy), "of inst/bench (`make docs` copies it)")
    )
  }
})

test_that("citation() has the package and the four papers", {
  found <- citation("sgmoe")
  expect_length(found, 5)
  text <- paste(format(found, style = "text"), collapse = " ")
  for (number in c("2602.07997", "2601.19811", "2510.12744", "2411.06056")) {
    expect_match(text, number, fixed = TRUE)
  }
  expect_false(grepl("????", text, fixed = TRUE))
})
