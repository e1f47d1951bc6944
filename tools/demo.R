# The whole job on real data: choose the number of experts, fit, summarise,
# predict, plot, and learn a larger data set as a stream. Writes plots to
# output/.
#
# To run: Rscript tools/demo.R

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

title("Motorcycle crashes: the head of a dummy, in how many regimes?")
data(mcycle, package = "MASS")
set.seed(1)
regimes <- select_experts(accel ~ times, mcycle)
print(regimes)
crash <- as_sgmoe(regimes)
cat("\n")
print(summary(crash))
cat("\nPredictions at 10, 18 and 25 ms, and which expert counts there:\n")
moments <- data.frame(times = c(10, 18, 25))
print(round(cbind(
  moments,
  mean = predict(crash, moments), predict(crash, moments, type = "gate")
), 2))
cat(
  "\nBIC ", format(BIC(crash), digits = 5), "; of a straight line, ",
  format(BIC(lm(accel ~ times, mcycle)), digits = 5), "; of a spline with the",
  " same number of parameters, ",
  format(BIC(lm(accel ~ splines::ns(times, round(crash$df) - 2), mcycle)), digits = 5),
  "\n",
  sep = ""
)

# A gate with covariates of its own ------------------------------------------

title("Homes in Boston: what a room is worth depends on the neighbourhood")
data(Boston, package = "MASS")
set.seed(1)
homes <- sgmoe(log(medv) ~ rm + lstat, Boston, k = 2, gate = ~ lstat + nox)
print(summary(homes))

# Choose on a sample, learn the rest as a stream ------------------------------

title("Diamonds: choose on 5000, learn all 53 940 as a stream")
diamonds <- as.data.frame(ggplot2::diamonds)
set.seed(2)
diamonds <- diamonds[sample(nrow(diamonds)), ]
sample <- diamonds[1:5000, ]
prices <- select_experts(log2(price) ~ log2(carat), sample, k_max = 8)
print(prices)
stream <- sgmoe_stream(
  log2(price) ~ log2(carat), sample,
  k = prices$k, start = prices
)
seconds <- system.time(
  stream <- consume(stream, diamonds[-(1:5000), ])
)[["elapsed"]]
seconds <- format(seconds, digits = 2)
cat("\nA stream of the others, in ", seconds, " s:\n\n", sep = "")
print(stream)
mean_density <- function(model) {
  mean(predict(model, diamonds, type = "logdensity"))
}
batch <- sgmoe(
  log2(price) ~ log2(carat), diamonds,
  k = prices$k, start = as_sgmoe(stream)
)
cat(
  "\nMean log-density of all diamonds: fit of the sample ",
  format(mean_density(prices), digits = 5), ", stream ",
  format(mean_density(stream), digits = 5), ", fit of all ",
  format(mean_density(batch), digits = 5), "\n",
  sep = ""
)

labels <- c("Time after impact (ms)", "Acceleration of the head (g)")
files <- c(
  picture("demo-motorcycle-selection", function() {
    plot(regimes)
  }, width = 10, height = 5),
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
  }),
  picture("demo-diamonds-selection", function() {
    plot(prices)
  }, width = 10, height = 5),
  picture("demo-diamonds-stream", function() {
    plot(stream)
  })
)
cat("\nPlots:\n", paste0("  ", normalizePath(files), "\n"), sep = "")
