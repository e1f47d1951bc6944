# Is everything drawn? Every exported function and every method of NAMESPACE must be
# in some call of the fuzzer.

# Not drawn by name, and why.
exceptions <- c(
  arrow_source = "Needs package arrow; with junk it is drawn as all others are.",
  dim.spilled = "Rows that a fit reads in the meantime: no user has them.",
  dimnames.spilled = "As before.", "[.spilled" = "As before."
)

# Names and texts in a function, and in those of the fuzzer that it calls.
words_in <- function(f, seen = new.env()) {
  words <- unique(unlist(lapply(list(body(f), formals(f)), function(code) {
    c(all.names(code), strings_in(code))
  })))
  for (word in words[nzchar(words) & !is.na(words)]) {
    own <- get0(word, globalenv(), inherits = FALSE)
    if (is.function(own) && is.null(seen[[word]])) {
      assign(word, TRUE, seen)
      words <- c(words, words_in(own, seen))
    }
  }
  unique(words)
}

strings_in <- function(code) {
  if (is.character(code)) {
    code
  } else if (is.call(code) || is.pairlist(code)) {
    unlist(lapply(as.list(code), function(part) {
      if (!missing(part)) strings_in(part)
    }))
  }
}

# What NAMESPACE has that no call of the fuzzer names, and exceptions that are none
# any more.
never_drawn <- function(namespace) {
  directives <- parse(namespace)
  kinds <- vapply(directives, function(one) as.character(one[[1L]]), "")
  exports <- vapply(directives[kinds == "export"], function(one) {
    as.character(one[[2L]])
  }, "")
  methods <- lapply(directives[kinds == "S3method"], function(one) {
    vapply(as.list(one)[-1L], function(part) {
      if (is.call(part)) as.character(part[[3L]]) else as.character(part)
    }, "")
  })
  called <- unique(unlist(lapply(c(makers, other_calls, unlist(methods_of)), words_in)))
  lost <- setdiff(exports, called)
  by_class <- lapply(methods_of, function(table) {
    c(names(table), unlist(lapply(table, words_in)))
  })
  for (method in methods) {
    class <- method[[2L]]
    # Of a class without a table it is a default method, or one for junk.
    words <- if (class %in% names(by_class)) by_class[[class]] else called
    if (!method[[1L]] %in% words) lost <- c(lost, paste(method, collapse = "."))
  }
  all <- c(exports, vapply(methods, paste, "", collapse = "."))
  c(setdiff(lost, names(exceptions)), setdiff(names(exceptions), all))
}
