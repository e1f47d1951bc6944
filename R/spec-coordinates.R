# The four systems of coordinates of a model's parameters.
#
# working   list(gate = p x K, expert = r x qK, ...), on standardised columns;
#           logits sum to zero over experts (gate) and classes. Steps are taken
#           here, fits keep their parameters so. Aliased columns are left out.
# packed    one vector for the core's acceleration: gate, experts, each column
#           by column, then for covariances log-Cholesky entries, L column by
#           column with log L_jj on the diagonal. Logits have all their columns.
#           `core_pack()` and `core_unpack()` are the maps from and to working.
# free      one vector without redundancy, for scores and information: the
#           gate's columns of all experts but the last, relative to the last;
#           then the experts', for classes likewise (all classes but the last,
#           relative to it), for numbers as packed. Still the working basis.
# user      the coefficients: on the user's columns, relative to the first
#           expert and the first class, standard deviations in place of
#           variances. Order: gate (expert after expert, column after column);
#           experts (expert, linear predictor, column); scales. Aliased columns
#           are NA. `flatten_parameters()` makes them of parameters in the
#           user's basis, `user_coefficients()` of working ones;
#           `unflatten_parameters()` is the way back, and `user_jacobian()` the
#           derivative of user in free coordinates.
#
# Coefficients are found by their position (`coefficient_parts()`), never by
# name: names are for reading.

#' The positions of gate, expert and scale coefficients
#' @noRd
coefficient_parts <- function(spec) {
  sizes <- lengths(spec_labels(spec))
  ends <- cumsum(sizes)
  Map(function(end, size) end - size + seq_len(size), ends, sizes)
}

#' Parameters on the user's scale as a flat vector; NA for aliased columns
#' @noRd
flatten_parameters <- function(parameters, spec) {
  own <- family_of(spec)$to_user(parameters, spec)
  gate <- parameters$gate - parameters$gate[, 1L]
  values <- c(
    with_aliased(gate, spec$aliased$gate)[, -1L],
    with_aliased(own$expert, spec$aliased$expert), own$scale
  )
  stats::setNames(values, unlist(spec_labels(spec), use.names = FALSE))
}

#' @noRd
with_aliased <- function(values, aliased) {
  all <- matrix(NA_real_, length(aliased), ncol(values))
  all[!aliased, ] <- values
  all
}

#' The inverse of flatten_parameters(), logits in their sum-zero form
#' @noRd
unflatten_parameters <- function(coefficients, spec) {
  at <- coefficient_parts(spec)
  part <- function(name) {
    aliased <- spec$aliased[[name]]
    values <- matrix(unname(coefficients[at[[name]]]), length(aliased))
    values[!aliased, , drop = FALSE]
  }
  gate <- cbind(0, part("gate"))
  own <- family_of(spec)$from_user(
    part("expert"), unname(coefficients[at$scale]), spec
  )
  c(list(gate = gate - rowMeans(gate)), own)
}

#' Parameters in another basis
#'
#' `parameters` are list(gate = p x K, expert = r x qK, ...).
#' @param spec Whose family the parameters are of; its basis is not looked at.
#' @noRd
move_parameters <- function(parameters, from, to, spec) {
  experts <- ncol(parameters$gate)
  stretch <- from$response$scale / to$response$scale
  all <- rep(stretch, experts)
  expert <- move_coefficients(parameters$expert, from$expert, to$expert)
  expert <- expert * rep(all, each = nrow(expert))
  if (from$expert$intercept) {
    shift <- (from$response$centre - to$response$centre) / to$response$scale
    expert[1L, ] <- expert[1L, ] + rep(shift, experts)
  }
  parameters$gate <- move_coefficients(parameters$gate, from$gate, to$gate)
  parameters$expert <- expert
  family_of(spec)$move_scales(parameters, stretch)
}

#' Working parameters as the user's coefficients
#' @noRd
user_coefficients <- function(parameters, spec) {
  flatten_parameters(
    move_parameters(parameters, spec$basis, user_basis(spec$basis), spec), spec
  )
}

#' The derivative of the user's coefficients, aliased ones left out, in the free
#' coordinates
#'
#' @param parameters Working parameters.
#' @return A square matrix: a row for each coefficient, a column for each free
#'   coordinate.
#' @noRd
user_jacobian <- function(spec, parameters) {
  gate <- kronecker(reference_change(spec$k), basis_change(spec$basis$gate))
  jacobian <- join_blocks(list(
    gate, family_of(spec)$jacobian(parameters, spec)
  ))
  kept <- !is.na(user_coefficients(parameters, spec))
  dimnames(jacobian) <- list(
    unlist(spec_labels(spec), use.names = FALSE)[kept], NULL
  )
  jacobian
}

#' A packed direction along which the model changes: logits sum to zero over
#' experts and, of each expert, over classes
#' @noRd
tangent_direction <- function(direction, spec) {
  gate <- seq_len(n_columns(spec, "gate") * spec$k)
  logits <- matrix(direction[gate], ncol = spec$k)
  direction[gate] <- logits - rowMeans(logits)
  direction[-gate] <- family_of(spec)$tangent(direction[-gate], spec)
  direction
}

#' Parameters with experts in another order, or without some of them
#' @noRd
permute_parameters <- function(parameters, order) {
  k <- ncol(parameters$gate)
  lapply(parameters, function(part) {
    q <- ncol(part) / k
    part[, as.vector(outer(seq_len(q), (order - 1L) * q, `+`)), drop = FALSE]
  })
}

#' Parameters without one expert
#' @noRd
drop_expert <- function(parameters, j) {
  result <- permute_parameters(
    parameters, setdiff(seq_len(ncol(parameters$gate)), j)
  )
  result$gate <- result$gate - rowMeans(result$gate)
  result
}
