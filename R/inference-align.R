# Labels of experts: which expert of one fit is which of another.

#' The order that makes the experts of parameters most like those of a fit
#'
#' Experts are alike if they claim the same rows: the order maximises
#' sum a_i t_ik s_ik over rows, t and s the posteriors of both.
#' Of up to six experts all orders are tried, of more the pairs are taken
#' greedily.
#'
#' @param posterior n x K, of the fit whose labels are kept.
#' @param other n x K, of the same rows.
#' @param weights Of the rows, or one number for all.
#' @noRd
matching_order <- function(posterior, other, weights) {
  agreement <- crossprod(posterior, weights * other)
  k <- ncol(agreement)
  if (k <= 6L) {
    orders <- all_orders(k)
    total <- apply(orders, 1L, function(order) {
      sum(agreement[cbind(seq_len(k), order)])
    })
    return(orders[which.max(total), ])
  }
  order <- integer(k)
  for (step in seq_len(k)) {
    best <- arrayInd(which.max(agreement), dim(agreement))
    order[[best[[1L]]]] <- best[[2L]]
    agreement[best[[1L]], ] <- -Inf
    agreement[, best[[2L]]] <- -Inf
  }
  order
}

#' All orders of the numbers 1 to k, a row each
#' @noRd
all_orders <- function(k) {
  if (k <= 1L) {
    return(matrix(1L, k, k))
  }
  shorter <- all_orders(k - 1L)
  do.call(rbind, lapply(seq_len(k), function(first) {
    rest <- setdiff(seq_len(k), first)
    cbind(first, matrix(rest[shorter], nrow(shorter)), deparse.level = 0)
  }))
}
