# Arguments that mean the same in every internal function. What else a function
# takes is said beside it; test-house.R asks for both.
#
# call: the frame to blame in a condition, or a call, or NULL (base-conditions.R)
# message: a vector of cli bullets
# .envir: the frame in which the markup of a message is evaluated
# env, caller: the environment where a formula or call of the user is evaluated
# name: how the user knows what is meant: an argument, column or part
# what: of a condition its kind, a word; of a check, what is checked, in words
# where: the argument that holds the columns: "data", "newdata" or "chunk"
# value: what the user gave
# formula, family, k, gate, covariance, shared, method: as in sgmoe()
# na.action, contrasts, subset, start, model, newdata: as in sgmoe(), predict()
# weights: case weights, one for each row; none where it is NULL or empty
# offset: for each row a number, or one for each response; or none
# control: settings from sgmoe_control() or stream_control()
# spec: what a model is, a moe_spec (spec.R)
# problem: a model on rows, list(spec, data, rows, weight, method, design)
# data: rows as the core takes them, list(gate, expert, response, weights, ...);
#   in functions of formulas and streams, the user's data frame
# design: matrices and model frame of a formula (design-build.R)
# blueprint: how to replay a design on new rows (design-blueprint.R)
# frame: a model frame
# terms: a terms object
# response: the response as it stands in the model frame
# expression: a call or name, not evaluated; or what to evaluate
# y: the response as numbers, n x q; classes as numbers from 0
# x, z: covariates of the gate and the experts, n rows
# rows: numbers of rows, or how many there are
# columns, names, labels, levels: of columns, coefficients, leaves or classes
# parameters: list(gate = p x K, expert = r x qK, ...), by default in the
#   working basis
# basis, from, to: working bases, list(gate, expert, response) with centres and
#   scales (spec-basis.R)
# intercept: does the design of that part have one?
# run: what the core gives of a fit: parameters, log_likelihood, reason, ...
# runs: a search: list(best, table, each) of fit_starts()
# report: NULL, or a function told of every pass (base-progress.R)
# fit, stream, tree: objects of the package
# request: the checked arguments of a call (fit-request.R)
# settings: list(stream, pilot) of controls (fit-settings.R)
# wanted: the model that a call asks for, list(k, covariance, shared)
# asked: what is to be tried, list(k, ridge, score, score_name) (tune-experts.R)
# folds: which rows are held out together, list(fold, group) (tune-folds.R)
# given: what the user gave as start, resolved; or arguments as they were given
# try_run: run_core() with a memory of the best run (fit-starts.R)
# state: of a stream, vectors and numbers by name, as the core keeps them
# chunk: rows that a stream is to learn
# source: a source of chunks (source-object.R), or what is to become one
# rule: how to merge and choose, list(dissimilarity, refine, standardise,
#   atom_weight, criterion, background)
# dissimilarity, refine, standardise, atom_weight, background: as in
#   select_experts()
# level: the model of one number of experts on a path: parameters,
#   log_likelihood, entropy, ...
# path: levels and merges of a walk; of files, where they are
# folder: where the files of a fit go (spill-fit.R)
# table: criteria of a path, a row for each number of experts
# criterion: "HQ", "BIC", "AIC", "ICL", "DSC" or "CV"
# fit_call: the call that the fit is to keep
# probability: n x M matrix of probabilities of classes
# shares: n x M matrix of what was observed, indicators or shares of counts
# bins: number of bins of a reliability diagram
# drawn: what is drawn, list(fit, whole, raw, rows) (plot-data.R)
# raw: the columns of covariates as they were given
# covariate: the name of the covariate on the horizontal axis
# effect: what an effect plot shows: grid, points, means, gate (plot-grid.R)
# record: what a stream keeps for its plot (R/method-stream-summary.R)
# colours, col, alpha: colours of experts, and their opacity
# xlim, ylim, xlab, ylab, main, axis, y_at: as in plot() and axis()
# top, bottom, left: lines of margin there
# cut: number of experts at which a tree is cut
# least, most: limits of a number
# mixture: the distribution of one response in some rows (family-mixture.R)
# own: what a family says of an expert's distribution, its part `distribution`
# values: a matrix or vector of numbers
# before, after: what was there before a step, and what is there after it
# part: "gate" or "expert"
# type: as in predict(); of a start, how it was made
