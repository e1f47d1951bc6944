# Real data for bench/defaults.R and bench/defaults_seeds.R: a list of
# list(formula, data), by name; gate and experts on the same covariates. Large
# sets are cut to five hundred rows.

some_rows <- function(data, most = 500) {
  if (nrow(data) <= most) {
    return(data)
  }
  data[round(seq(1, nrow(data), length.out = most)), ]
}

# Beside the repository, or where SGMOE_DATA says.
shared_data <- function() {
  Sys.getenv("SGMOE_DATA", file.path("..", "shared", "data"))
}

default_sets <- function() {
  sets <- list(
    # --- numbers
    airquality = list(Ozone ~ Solar.R + Wind + Temp, na.omit(airquality)),
    cars = list(dist ~ speed, cars),
    faithful = list(waiting ~ eruptions, faithful),
    mtcars = list(mpg ~ wt + hp, mtcars),
    quakes = list(mag ~ lat + long + depth + stations, quakes),
    swiss = list(Fertility ~ Agriculture + Education + Catholic, swiss),
    Boston = list(medv ~ lstat + rm + crim + nox, take("MASS", "Boston")),
    cpus = list(
      log(perf) ~ log(syct) + log(mmin) + log(mmax), take("MASS", "cpus")
    ),
    GAGurine = list(GAG ~ Age, take("MASS", "GAGurine")),
    geyser = list(waiting ~ duration, take("MASS", "geyser")),
    mcycle = list(accel ~ times, take("MASS", "mcycle")),
    nlschools = list(lang ~ IQ + SES, take("MASS", "nlschools")),
    Oats = list(yield ~ nitro, as.data.frame(take("nlme", "Oats"))),
    Orthodont = list(distance ~ age + Sex, as.data.frame(take("nlme", "Orthodont"))),
    ozone = list(V4 ~ V8 + V9 + V10 + V11 + V12 + V13, take("mlbench", "Ozone")),
    Prestige = list(prestige ~ income + education, take("carData", "Prestige")),
    Salaries = list(
      log(salary) ~ yrs.since.phd + yrs.service + discipline,
      take("carData", "Salaries")
    ),
    SLID = list(log(wages) ~ education + age + sex, take("carData", "SLID")),
    # --- classes
    BreastCancer = list(Class ~ ., {
      data <- take("mlbench", "BreastCancer")[-1L]
      data[-10L] <- lapply(data[-10L], as.numeric)
      data
    }),
    birthwt = list(
      factor(low) ~ age + lwt + smoke + ptl + ht + ui + ftv,
      take("MASS", "birthwt")
    ),
    crabs = list(sp ~ FL + RW + CL + CW + BD, take("MASS", "crabs")),
    fgl = list(type ~ RI + Na + Mg + Al + Si, take("MASS", "fgl")),
    Ionosphere = list(
      Class ~ V3 + V4 + V5 + V6 + V7 + V8, take("mlbench", "Ionosphere")
    ),
    iris = list(Species ~ ., iris),
    kyphosis = list(Kyphosis ~ Age + Number + Start, take("rpart", "kyphosis")),
    Pima.tr = list(type ~ ., take("MASS", "Pima.tr")),
    spam = list(
      type ~ charDollar + remove + hp + your + capitalAve + free,
      take("kernlab", "spam")
    ),
    synth.tr = list(factor(yc) ~ xs + ys, take("MASS", "synth.tr")),
    urine = list(factor(r) ~ gravity + ph + urea + calc, take("boot", "urine")),
    Vehicle = list(
      Class ~ Comp + Circ + D.Circ + Rad.Ra + Max.L.Ra + Elong,
      take("mlbench", "Vehicle")
    ),
    # --- counts
    epil = list(y ~ base + age + trt, take("MASS", "epil")),
    quine = list(Days ~ Eth + Sex + Age + Lrn, take("MASS", "quine")),
    Ornstein = list(interlocks ~ log(assets) + nation, take("carData", "Ornstein"))
  )
  counts <- c("epil", "quine", "Ornstein")
  shared <- list(
    ais = LBM ~ Ht + Wt + SSF,
    ethanol = NOx ~ C + E,
    california_housing = log(median_house_value) ~ median_income +
      housing_median_age + latitude + longitude
  )
  for (name in names(shared)) {
    file <- file.path(shared_data(), paste0(name, ".csv"))
    if (file.exists(file)) {
      sets[[name]] <- list(shared[[name]], read.csv(file))
    }
  }
  sets <- lapply(names(sets), function(name) {
    list(
      name = name, formula = sets[[name]][[1L]],
      data = some_rows(sets[[name]][[2L]]),
      family = if (name %in% counts) "poisson"
    )
  })
  stats::setNames(sets, vapply(sets, `[[`, "", "name"))
}
