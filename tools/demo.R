# Fits two real data sets, prints the summaries and writes plots to output/.
#
#   Rscript tools/demo.R

library(sgmoe)

directory <- "output"
dir.create(directory, showWarnings = FALSE)

picture <- function(name, draw, width = 8, height = 6) {
  file <- file.path(directory, paste0(name, ".png"))
  grDevices::png(
    file, width, height,
    units = "in", res = 150,
    type = if (capabilities("cairo")) "cairo" else getOption("bitmapType")
  )
  on.exit(grDevices::dev.off())
  draw()
  file
}

title <- function(text) {
  cat("\n", text, "\n", strrep("-", nchar(text)), "\n", sep = "")
}

# A regression that changes with x -------------------------------------------

title("Motorcycle crashes: the head of a dummy, in four regimes")
data(mcycle, package = "MASS")
set.seed(1)
# The regimes hardly overlap: a little ridge keeps the gate finite.
crash <- sgmoe(accel ~ times, mcycle, k = 4, ridge = 0.01)
print(summary(crash))
cat(
  "BIC ", format(BIC(crash), digits = 5), "; of a straight line, ",
  format(BIC(lm(accel ~ times, mcycle)), digits = 5), "; of a spline with the",
  " same number of parameters, ",
  format(BIC(lm(accel ~ splines::ns(times, crash$df - 2), mcycle)), digits = 5),
  "\n",
  sep = ""
)

# A gate with covariates of its own ------------------------------------------

title("Homes in Boston: what a room is worth depends on the neighbourhood")
data(Boston, package = "MASS")
set.seed(1)
homes <- sgmoe(log(medv) ~ rm + lstat, Boston, k = 2, gate = ~ lstat + nox)
print(summary(homes))

labels <- c("Time after impact (ms)", "Acceleration of the head (g)")
files <- c(
  picture("demo-motorcycle", function() {
    plot(crash, xlab = labels[[1]], ylab = labels[[2]])
  }),
  picture("demo-motorcycle-checks", function() {
    plot(crash, which = c("trace", "residuals"))
  }, width = 10),
  picture("demo-boston-status", function() {
    plot(
      homes,
      covariate = "lstat", xlab = "Households of low status (%)",
      ylab = "Log of the median price (1000 $)"
    )
  }),
  picture("demo-boston-rooms", function() {
    plot(
      homes,
      covariate = "rm", xlab = "Rooms per home",
      ylab = "Log of the median price (1000 $)"
    )
  })
)
cat("\nPlots:\n", paste0("  ", normalizePath(files), "\n"), sep = "")
