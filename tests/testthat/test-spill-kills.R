# SIGKILL of R at random moments of a fit with a checkpoint. More of them by
#   SGMOE_KILLS=50 Rscript tools/run_tests.R spill-kills

most_kills <- as.numeric(Sys.getenv("SGMOE_KILLS", "3"))

killed_code <- function(path, result, seconds) {
  c(
    "set.seed(1)",
    "data <- simulate_moe(70000, k = 2, p = 2)",
    "options(warn = -1)",
    if (is.finite(seconds)) {
      sprintf(
        "system(sprintf('(sleep %.3f; kill -9 %%d) > /dev/null 2>&1 &', Sys.getpid()))",
        seconds
      )
    },
    "took <- system.time(fit <- sgmoe(y ~ x1 + x2,",
    "  as_chunk_source(data, chunk = 9000), k = 3, starts = 1, ridge = 0.1,",
    sprintf("  tolerance = 1e-12, checkpoint = %s))", deparse(path)),
    sprintf(
      "saveRDS(fit[c('coefficients', 'trace', 'starts')], %s)", deparse(result)
    ),
    "cat('took', took[[3]], '\\n')"
  )
}

slow_test("a fit that is killed at random moments ends with the same bits", {
  skip_on_os("windows")
  folder <- tempfile("kills")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  path <- file.path(folder, "log")
  result <- file.path(folder, "result.rds")
  run <- function(seconds) {
    # Whoever is killed leaves its temporary folder.
    run_child(
      killed_code(path, result, seconds),
      sprintf("TMPDIR=%s; export TMPDIR", shQuote(folder))
    )
  }
  output <- run(Inf)
  took <- as.numeric(sub("took", "", grep("^took", output, value = TRUE)))
  expected <- readRDS(result)
  log <- readBin(path, "raw", file.size(path))
  kills <- 0
  ended <- function() {
    expect_identical(readRDS(result), expected)
    expect_identical(readBin(path, "raw", file.size(path)), log)
    unlink(c(path, result))
  }
  ended()
  set.seed(round(1000 * as.numeric(Sys.time())) %% 1e6) # other moments each time
  tries <- 0
  while (kills < most_kills && tries < 5 * most_kills) {
    tries <- tries + 1
    run(stats::runif(1, 0, took))
    if (file.exists(result)) ended() else kills <- kills + 1
  }
  expect_gte(kills, most_kills)
  run(Inf)
  ended()
})
