# Writes the output blocks, the table and the picture of README.md anew, with the
# installed package.

library(sgmoe)
source("tests/testthat/helper-readme.R")

lines <- readLines("README.md", encoding = "UTF-8")
for (part in rev(readme_blocks(lines))) {
  if (is.null(part$block) || is.null(part$printed)) next
  before <- lines[seq_len(part$block$first - 1L)]
  after <- lines[seq(part$block$last + 1L, length(lines))]
  lines <- c(before, sub(" +$", "", part$printed), after)
}
place <- table_place(lines)
lines <- c(
  lines[seq_len(place[["first"]])], "", readme_table("bench"),
  lines[seq(place[["last"]], length(lines))]
)
writeLines(lines, "README.md", useBytes = TRUE)

set.seed(1)
fit <- suppressMessages(sgmoe(accel ~ times, MASS::mcycle, k = 4))
grDevices::png(
  "man/figures/README-mcycle.png", 7, 5,
  units = "in", res = 110, pointsize = 11,
  type = if (capabilities("cairo")) "cairo" else getOption("bitmapType")
)
plot(fit,
  interval = "prediction", xlab = "time after the impact (ms)", ylab = "acceleration (g)"
)
invisible(grDevices::dev.off())
