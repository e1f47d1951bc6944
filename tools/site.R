# Builds the site in output/site. The vignette that has the name of the package
# becomes "Get started". Examples run, links are checked at the end.

# Nothing is looked up elsewhere: the site is the same without a network.
options(pkgdown.internet = FALSE)
pkgdown::init_site()
pkgdown::build_home(preview = FALSE)
pkgdown::build_reference(devel = FALSE, lazy = TRUE, preview = FALSE)
pkgdown::build_articles(lazy = TRUE, preview = FALSE)
pkgdown::build_news(preview = FALSE)

# Links within the site that lead nowhere.
site <- "output/site"
pages <- list.files(site, "[.]html$", recursive = TRUE)
broken <- unlist(lapply(pages, function(page) {
  text <- paste(readLines(file.path(site, page), warn = FALSE), collapse = "\n")
  links <- unlist(regmatches(text, gregexpr("(?<=href=\")[^\"#?]+|(?<=src=\")[^\"#?]+", text, perl = TRUE)))
  links <- unique(grep("^(https?:|mailto:|data:|//)", links, value = TRUE, invert = TRUE))
  missing <- !file.exists(file.path(site, dirname(page), utils::URLdecode(links)))
  if (any(missing)) paste0(page, " -> ", links[missing])
}))
if (length(broken)) {
  writeLines(broken)
  stop("The site has broken links.")
}
cat(length(pages), "pages, no broken link\n")
