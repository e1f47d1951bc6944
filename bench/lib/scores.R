# Folds for cross-validation, and scores of class probabilities.

# A list of folds, each list(train, test) of row numbers; every class is spread
# evenly.
row_folds <- function(class, folds) {
  fold <- integer(length(class))
  for (rows in split(seq_along(class), class)) {
    places <- sample(rep_len(sample(folds), length(rows)))
    fold[rows] <- places
  }
  lapply(seq_len(folds), function(i) {
    list(train = which(fold != i), test = which(fold == i))
  })
}

# Folds of proteins: pairs within a fold are tested by models that saw neither
# protein. Pairs across folds are left out, so that folds are few.
protein_folds <- function(first, second, folds) {
  proteins <- unique(c(first, second))
  fold <- sample(rep_len(seq_len(folds), length(proteins)))
  a <- fold[match(first, proteins)]
  b <- fold[match(second, proteins)]
  lapply(seq_len(folds), function(i) {
    list(train = which(a != i & b != i), test = which(a == i & b == i))
  })
}

# Folds to validate on: the first `number` of five.
validation_folds <- function(class, number) {
  row_folds(class, 5)[seq_len(number)]
}

# -log p of the observed classes, the same floor for all models.
row_losses <- function(probability, class) {
  -log(pmax(probability[cbind(seq_along(class), as.integer(class))], 1e-15))
}

# The package's own scores, with the same floor for all models.
score_probabilities <- function(probability, class) {
  colnames(probability) <- levels(class)
  as.data.frame(as.list(class_scores(pmax(probability, 1e-15), class)))
}
