# Runs lintr (see .lintr) on the package and on the scripts beside it, in JOBS
# processes; fails on any finding.

files <- list.files(c("R", "tests", "bench", "tools"),
  pattern = "[.]R$", recursive = TRUE, full.names = TRUE
)
cores <- if (.Platform$OS.type == "windows") 1L else as.integer(Sys.getenv("JOBS", "1"))
lints <- parallel::mclapply(files, lintr::lint, mc.cores = cores, mc.preschedule = FALSE)
failed <- vapply(lints, inherits, NA, "try-error")
if (any(failed)) stop("lintr failed on ", toString(files[failed]))
lints <- do.call(c, lapply(lints, unclass))

# Names that are R's and not ours: methods (lintr does not know the generics of
# packages that are only suggested), arguments and fields.
ours <- function(lint) {
  at <- lint$ranges[[1L]]
  name <- gsub("\"", "", substr(lint$line, at[[1L]], at[[2L]]), fixed = TRUE)
  r_names <- paste0(
    "[.](sgmoe|summary|expert|default|formula)[a-z_.]*$|",
    "[.](data[.]frame|list|function)$|",
    "^(na[.]action|se[.]fit|row[.]names|check[.]names|lower[.]tail|",
    "conf[.](int|level)|signif[.](stars|legend)|use[.]fallback|",
    "formula[.]|vcov[.]|focal[.]predictors|dataClasses|logLik)$"
  )
  lint$linter != "object_name_linter" || !grepl(r_names, name)
}
lints <- Filter(ours, lints)
for (lint in lints) print(lint)
cat(sprintf("lintr: %d findings\n", length(lints)))
quit(status = as.integer(length(lints) > 0))
