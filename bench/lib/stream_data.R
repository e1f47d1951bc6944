# Streams of rows: simulated ones with known truth, and real data in the order
# of time or in random order. A stream is list(data, formula, k, family, test,
# pilot): `test` are rows held out, `pilot` is how many of the first rows of
# `data` a start may be fitted to. Source bench/lib/common.R first.

# `columns` counts the intercept. In the reference setting (`gate_scale` one)
# the gate is about as certain whatever their number; `gate_scale` multiplies
# its logits and changes nothing else: the same seed gives the same covariates
# and experts. `truth` has the parameters that were drawn, on the user's scale,
# and their log-likelihood per row of `data` and of `test`.
simulated_stream <- function(family, seed, n = 1e5, columns = 6, k = 3,
                             gate_scale = 1, test_rows = 2e4) {
  stopifnot(family %in% c("gaussian", "multinomial"))
  classes <- if (family == "multinomial") 3
  set.seed(seed)
  spread <- 2 / sqrt(columns - 1)
  gate <- matrix(rnorm(columns * k, sd = spread), columns)
  # Experts for classes must differ by more than noise does.
  mean <- matrix(
    rnorm(columns * k * max(1, classes), sd = if (is.null(classes)) 1 else 2),
    columns
  )
  draw <- function(rows) {
    simulate_moe(rows, k, columns - 1,
      gate = gate_scale * gate, mean = mean, family = family
    )
  }
  data <- draw(n)
  test <- draw(test_rows)
  truth <- attr(data, "truth")
  list(
    data = structure(data, truth = NULL), formula = y ~ ., k = k,
    family = family, test = structure(test, truth = NULL),
    pilot = pilot_rows(n),
    truth = list(
      gate = truth$gate, mean = truth$mean, sigma = truth$sigma,
      log_likelihood = truth$log_likelihood / n,
      test_log_likelihood = attr(test, "truth")$log_likelihood / test_rows
    )
  )
}

pilot_rows <- function(n) min(2000, floor(n / 5))

# The true parameters of a simulated stream, as the core takes them.
true_parameters <- function(stream, problem) {
  truth <- stream$truth
  parameters <- list(
    gate = truth$gate, expert = truth$mean,
    covariance = if (!is.null(truth$sigma)) t(truth$sigma^2)
  )
  core("move_parameters")(
    parameters, core("user_basis")(problem$spec$basis), problem$spec$basis,
    problem$spec
  )
}

# The held-out rows as the core takes them, in the basis of `problem`, which
# has the gate and the experts of the stream's formula.
held_out_data <- function(stream, problem) {
  design <- core("build_design")(stream$formula, data = stream$test)
  stopifnot(identical(colnames(design$x), problem$spec$columns$gate))
  core("design_data")(problem$spec, design, core("core_response")(design))
}

# --- Real data ----------------------------------------------------------------

# A stream from a file of the data folder (see SOURCES.md there), or NULL, with
# a message, where there is none. `prepare` turns the file into y and covariates
# of which none is constant in the pilot rows. Every tenth row is held out; of
# data without an order, after they were shuffled.
real_stream <- function(file, family, k, in_time, prepare) {
  path <- file.path(Sys.getenv("SGMOE_DATA", "../shared/data"), file)
  if (!file.exists(path)) {
    message("No ", path, ": left out.")
    return(NULL)
  }
  data <- prepare(read.csv(path))
  if (!in_time) {
    set.seed(1)
    data <- data[sample.int(nrow(data)), ]
  }
  held_out <- seq_len(nrow(data)) %% 10 == 0
  rows_of <- function(which) `rownames<-`(data[which, ], NULL)
  list(
    data = rows_of(!held_out), formula = y ~ ., k = k, family = family,
    test = rows_of(held_out), pilot = pilot_rows(sum(!held_out))
  )
}

# The time of day, `day` being one, as two harmonics.
day_harmonics <- function(day) {
  angle <- 2 * pi * day
  data.frame(
    sin1 = sin(angle), cos1 = cos(angle),
    sin2 = sin(2 * angle), cos2 = cos(2 * angle)
  )
}

real_streams <- function() {
  list(
    # Season, month and year do not vary, or hardly, in the pilot rows: those
    # are of the first winter. The temperature stands for the season, nothing
    # for the growth from year to year.
    bike_hour = function() {
      real_stream("bike_hour.csv.gz", "gaussian", 3, TRUE, function(raw) {
        data.frame(
          y = log1p(raw$cnt), day_harmonics(raw$hr / 24),
          raw[c("workingday", "temp", "hum", "windspeed")],
          rain = as.numeric(raw$weathersit >= 3)
        )
      })
    },
    # Hours of wind, of snow and of rain are cumulative, with long tails.
    beijing_pm25 = function() {
      real_stream("beijing_pm25.csv.gz", "gaussian", 3, TRUE, function(raw) {
        raw <- raw[!is.na(raw$pm2.5), ]
        data.frame(
          y = log1p(raw$pm2.5), day_harmonics(raw$hour / 24)[1:2],
          dew = raw$DEWP, temperature = raw$TEMP, pressure = raw$PRES,
          wind = log(raw$Iws), direction = raw$cbwd,
          wet = as.numeric(raw$Is + raw$Ir > 0)
        )
      })
    },
    # In time order: half-hours and weekdays follow one another without a gap
    # (`date` is a number without leading zeros, and jumps). Victoria's columns
    # are constant in the first 17424 rows. Days 1 and 7 have low demand. With a
    # third expert the pilot rows separate.
    elec2 = function() {
      real_stream("elec2.csv.gz", "multinomial", 2, TRUE, function(raw) {
        data.frame(
          y = factor(raw$class), day_harmonics(raw$period),
          weekend = as.numeric(raw$day %in% c(1, 7)),
          price = log(pmax(raw$nswprice, 0.001)), demand = raw$nswdemand
        )
      })
    },
    # All shares are between zero and one, the response included.
    communities_crime = function() {
      columns <- c(
        "racepctblack", "racePctHisp", "agePct12t29", "pctUrban", "medIncome",
        "pctWInvInc", "PctUnemployed", "PctKids2Par", "PctPersDenseHous",
        "HousVacant", "PctHousNoPhone"
      )
      real_stream(
        "communities_crime.csv.gz", "gaussian", 2, FALSE,
        function(raw) cbind(y = raw$ViolentCrimesPerPop, raw[columns])
      )
    },
    # With areas, soils or more of the other columns, experts tell some types of
    # cover apart with certainty in the pilot rows.
    covertype15k = function() {
      real_stream("covertype15k.csv", "multinomial", 2, FALSE, function(raw) {
        data.frame(
          y = factor(raw$Cover_Type), elevation = raw$Elevation,
          water = sqrt(raw$Horizontal_Distance_To_Hydrology),
          roads = sqrt(raw$Horizontal_Distance_To_Roadways),
          fire = sqrt(raw$Horizontal_Distance_To_Fire_Points),
          morning = raw$Hillshade_9am
        )
      })
    }
  )
}
