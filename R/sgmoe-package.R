#' From questions to functions: a map of sgmoe
#'
#' A mixture of experts is a regression that may change with its covariates:
#' `k` simple models, the experts, and a softmax gate that says how much each of
#' them counts. [sgmoe()] fits one from a formula. This page leads from a
#' question to the function that answers it. A fit has the usual methods, so
#' that much works as for [lm()] and [glm()].
#'
#' @section Fit:
#' - Regression, counts, classes, from a formula: [sgmoe()]. The response says
#'   which: a factor is for classes; `family = "poisson"` is for counts.
#' - A gate with covariates of its own, weights, offsets, several responses, rows
#'   to leave out: arguments of [sgmoe()].
#' - Settings: the ridge, starts, tolerance, threads: [sgmoe_control()].
#' - What do the coefficients mean, and how sure are they? [summary.sgmoe()],
#'   [coef.sgmoe()].
#' - Change a fit: [update.sgmoe()], order of the experts: [relabel()].
#'
#' @section How many experts, which ridge:
#' - By one fit and a criterion, without a sweep: [select_experts()].
#' - By cross-validation, together with the ridge: [tune_experts()].
#' - Which experts are nearly the same? [expert_dendrogram()].
#' - Is one more needed? [bootstrap_lrt()]; [icl()] and [BIC()] compare fits.
#'
#' @section How sure:
#' - Standard errors: [summary.sgmoe()], [vcov.sgmoe()] (also sandwich, by
#'   cluster).
#' - Confidence intervals of coefficients: [confint.sgmoe()]; by resampling
#'   [bootstrap()].
#' - Does a covariate matter? [anova.sgmoe()].
#' - What does a covariate do to the mean? [average_effects()],
#'   [gate_effects()], [expert_effects()], [partial_dependence()].
#' - Which covariates do predictions need? [permutation_importance()].
#' - Of a mean: `interval = "confidence"` and `se.fit` of [predict.sgmoe()].
#'
#' @section Predict:
#' - Means, classes, probabilities, gates, quantiles, prediction intervals:
#'   [predict.sgmoe()]; conformal ones with [conformal_scores()].
#' - How good are predictions? [score()]; of classes also [calibration()] and
#'   [class_scores()], for probabilities of any model.
#' - Probabilities that are too certain: [recalibrate()].
#' - Draw from the model: [simulate.sgmoe()], [simulate_moe()].
#' - Is the model right? [residuals.sgmoe()], `plot(fit, which = "residuals")`.
#' - Tables for other packages: [tidy()], [glance()], [augment()].
#'
#' @section Draw:
#' [plot.sgmoe()], [plot.sgmoe_selection()], [plot.sgmoe_stream()], and `plot()`
#' of effects, calibrations and results of [tune_experts()].
#'
#' @section Rows that keep coming, or are too many:
#' - Begin with some rows, learn the others as they come: [sgmoe_stream()],
#'   [update.sgmoe_stream()], settings in [stream_control()].
#' - A whole source of rows: [consume()]; matrices: [update_matrix()].
#' - Rows in files, databases, Arrow streams, data frames: [file_source()],
#'   [dbi_source()], [arrow_source()], [frame_source()]; [sgmoe()], predictions
#'   and scores take them, too. Sources on several machines: [partitions()].
#' - A source of your own: [as_chunk_source()], with [next_chunk()],
#'   [reset_source()] and [close_source()].
#' - A stream or selection as a fit: [as_sgmoe()].
#'
#' @section Vignettes:
#' `vignette("sgmoe")` is the start. `browseVignettes("sgmoe")` has the others:
#' classification, how many experts, inference, tuning, streams, rows larger than
#' memory, for those who come from flexmix, how it works, benchmarks, the papers, and how to add a
#' family.
#'
#' @name sgmoe-package
#' @importFrom Rcpp sourceCpp
#' @importFrom rlang %||%
#' @useDynLib sgmoe, .registration = TRUE
NULL
