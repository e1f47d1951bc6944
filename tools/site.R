# Builds the site in output/site. The vignette that has the name of the package
# becomes "Get started". Examples run, links are checked at the end.

# Nothing is looked up elsewhere: the site is the same without a network.
options(pkgdown.internet = FALSE)
pkgdown::init_site()
pkgdown::build_home(preview = FALSE)
pkgdown::build_reference(devel = FALSE, lazy = TRUE, preview = FALSE)
pkgdown::build_articles(lazy = TRUE, preview = FALSE)
pkgdown::build_news(preview = FALSE)

site <- "output/site"
pages <- list.files(site, "[.]html$", recursive = TRUE)

# Debian's pkgdown takes MathJax from this machine, and files that are not part
# of the site are named without a link.
for (page in file.path(site, pages)) {
  text <- readLines(page, warn = FALSE, encoding = "UTF-8")
  text <- gsub(
    "file:///usr/share/javascript/mathjax/MathJax.js",
    "https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.5/MathJax.js", text,
    fixed = TRUE
  )
  text <- gsub("<a href=\"bench/README[.](html|md)\">([^<]*)</a>", "\\2", text)
  writeLines(text, page, useBytes = TRUE)
}

# Links within the site that lead nowhere.
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
