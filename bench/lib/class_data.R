# Data sets with classes: list(name, class, x, rows, folds, note); x are numeric
# columns, categories as dummies, the same for all models.

data_folder <- function() {
  folder <- Sys.getenv("SGMOE_DATA", "../shared/data")
  if (!dir.exists(folder)) {
    stop(
      "No data in ", folder, ": set SGMOE_DATA to the folder of vowel.csv.",
      call. = FALSE
    )
  }
  folder
}

# `most` rows are sampled where there are more.
read_classes <- function(name, class, drop = character(), factors = character(),
                         most = 1500, extension = "csv") {
  path <- file.path(data_folder(), paste0(name, ".", extension))
  data <- read.csv(path)
  rows <- nrow(data)
  set.seed(1)
  if (rows > most) {
    data <- data[sort(sample.int(rows, most)), ]
  }
  for (column in factors) {
    data[[column]] <- merge_rare(data[[column]])
  }
  x <- data[setdiff(names(data), c(class, drop))]
  x <- model.matrix(~., model.frame(~., x, na.action = na.pass))[, -1]
  list(
    name = name, class = factor(data[[class]]), x = x, rows = rows,
    ids = data[intersect(drop, names(data))]
  )
}

# Categories with less than one row in a hundred become one.
merge_rare <- function(codes) {
  share <- table(codes) / length(codes)
  rare <- names(share)[share < 0.01]
  factor(ifelse(codes %in% rare, "rare", codes))
}

# Medians for missing values and standard deviations as units, those of the
# training rows; columns that are constant there are left out.
prepare <- function(set, fold) {
  train <- set$x[fold$train, , drop = FALSE]
  test <- set$x[fold$test, , drop = FALSE]
  for (j in seq_len(ncol(train))) {
    centre <- median(train[, j], na.rm = TRUE)
    train[is.na(train[, j]), j] <- centre
    test[is.na(test[, j]), j] <- centre
  }
  spread <- apply(train, 2, sd)
  centre <- colMeans(train)[spread > 0]
  scaled <- function(x) {
    x <- scale(x[, spread > 0], centre, spread[spread > 0])
    colnames(x) <- paste0("x", seq_len(ncol(x)))
    data.frame(x)
  }
  class <- droplevels(set$class[fold$train])
  list(
    train = cbind(class = class, scaled(train)), test = scaled(test),
    classes = levels(set$class), ids = set$ids[fold$train, , drop = FALSE]
  )
}

# vowel: folds by rows, so the same speaker (V1, left out) is in training and
# test. Ids, accession numbers and the official splits are left out.
class_sets <- list(
  pima = function() read_classes("pima", "diabetes"),
  vowel = function() read_classes("vowel", "Class", "V1"),
  yeast = function() read_classes("yeast", "location", "SpAccNr"),
  ppi_hpylori = function() {
    read_classes("ppi_hpylori", "interact", c("idA", "idB"))
  },
  ppi_yeast = function() {
    read_classes("ppi_yeast", "interact", c("idA", "idB"),
      extension = "csv.gz"
    )
  },
  optdigits = function() read_classes("optdigits", "digit", "split"),
  covertype15k = function() {
    read_classes("covertype15k", "Cover_Type",
      factors = c("Wilderness_Area", "Soil_Type")
    )
  },
  letter = function() read_classes("letter", "lettr")
)
