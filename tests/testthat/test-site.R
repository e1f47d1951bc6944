# The index of the site (_pkgdown.yml) has each help page and each vignette once,
# the map in ?sgmoe-package names each exported function, and each vignette is
# named in README or there. (_pkgdown.yml is left out of the built package.)

# The entries of one top-level key of a simple YAML file.
yaml_contents <- function(lines, key) {
  first <- match(paste0(key, ":"), lines)
  rest <- lines[seq_along(lines) > first]
  rest <- rest[cumsum(grepl("^[a-z]", rest)) == 0]
  sub("^ +- *", "", grep("^ +- ", rest, value = TRUE))
}

rd_tags <- function(file, tag) {
  lines <- readLines(file, encoding = "UTF-8")
  pattern <- paste0("^\\\\", tag, "\\{(.*)\\}$")
  gsub("\\\\", "", sub(pattern, "\\1", grep(pattern, lines, value = TRUE)))
}

rd_pages <- function() {
  list.files(source_folder("man"), "[.]Rd$", full.names = TRUE)
}

test_that("the index has every help page and every vignette once", {
  file <- test_path("..", "..", "_pkgdown.yml")
  lines <- if (file.exists(file)) readLines(file)
  aliases <- lapply(rd_pages(), rd_tags, tag = "alias")
  expect_gt(length(aliases), 30)
  if (!is.null(lines)) {
    # How often the index names a page by one of its aliases.
    index <- yaml_contents(lines, "reference")
    named <- vapply(aliases, function(found) sum(index %in% found), 0L)
    expect_identical(basename(rd_pages())[named != 1L], character())
    expect_identical(setdiff(index, unlist(aliases)), character())
    vignettes <- list.files(test_path("..", "..", "vignettes"), "[.]Rmd$")
    expect_setequal(yaml_contents(lines, "articles"), sub("[.]Rmd$", "", vignettes))
  }
})

test_that("each exported function has one help page and is on the map", {
  exported <- getNamespaceExports("sgmoe")
  exported <- exported[!startsWith(exported, ".__")]
  aliases <- lapply(rd_pages(), rd_tags, tag = "alias")
  homes <- vapply(exported, function(name) {
    sum(vapply(aliases, function(found) name %in% found, NA))
  }, 0L)
  expect_identical(names(homes)[homes != 1L], character())
  map <- paste(readLines(file.path(source_folder("man"), "sgmoe-package.Rd")), collapse = "\n")
  absent <- Filter(function(name) !grepl(paste0(name, "()"), map, fixed = TRUE), exported)
  expect_identical(absent, character())
})
