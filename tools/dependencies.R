# Installs what is missing, and nothing else.
#
#   Rscript tools/dependencies.R [--required] [name | optional:name |
#                                              system:command |
#                                              debian:package ...]
#
# The packages come from DESCRIPTION, so that nothing is listed twice; with
# --required without Suggests. Names on the command line are added. Debian's
# ready-built r-cran-* packages are taken where apt-get, root and Debian's own
# R are at hand, otherwise CRAN, into the first library that can be written
# to. Packages of Debian that are no R packages (debian:postgresql) are welcome
# where it can be done. Fails if a package that is neither suggested nor optional
# stays missing.

args <- commandArgs(trailingOnly = TRUE)
required_only <- "--required" %in% args
args <- setdiff(args, "--required")

named <- function(prefix) {
  sub(prefix, "", grep(prefix, args, value = TRUE))
}

# One row for each package that DESCRIPTION names: package and lowest version.
described <- function(fields) {
  text <- read.dcf("DESCRIPTION", fields = fields)
  entries <- trimws(unlist(strsplit(text[!is.na(text)], ",")))
  package <- sub("[[:space:]]*\\(.*", "", entries)
  version <- ifelse(grepl(">=", entries),
    gsub(".*>=|[[:space:])]", "", entries), "0"
  )
  known <- c("", "R", rownames(installed.packages(priority = "base")))
  data.frame(package, version)[!package %in% known, ]
}

is_missing <- function(package, version = "0") {
  path <- system.file("DESCRIPTION", package = package)
  path == "" || packageVersion(package) < version
}

missing_packages <- function(wanted) {
  absent <- mapply(is_missing, wanted$package, wanted$version)
  unique(wanted$package[as.logical(absent)])
}

missing_commands <- function(commands) {
  commands[Sys.which(commands) == ""]
}

apt_get <- function(...) {
  status <- system2("apt-get", c("-q", ...),
    env = "DEBIAN_FRONTEND=noninteractive"
  )
  if (status != 0) message("apt-get ", ..1, " failed; going on without it.")
}

install_from_debian <- function(packages) {
  available <- vapply(packages, function(package) {
    system2("apt-cache", c("show", "--no-all-versions", package),
      stdout = FALSE, stderr = FALSE
    ) == 0
  }, NA)
  if (any(available)) {
    apt_get("install", "-y", "--no-install-recommends", packages[available])
  }
}

install_from_cran <- function(packages) {
  writable <- .libPaths()[file.access(.libPaths(), 2) == 0]
  target <- c(writable, path.expand(Sys.getenv("R_LIBS_USER")))[1]
  dir.create(target, recursive = TRUE, showWarnings = FALSE)
  .libPaths(c(target, .libPaths()))
  if (getOption("repos")["CRAN"] == "@CRAN@") {
    chooseCRANmirror(graphics = FALSE, ind = 1, local.only = TRUE)
  }
  install.packages(packages,
    lib = target, dependencies = NA,
    Ncpus = as.integer(Sys.getenv("JOBS", "1"))
  )
}

commands <- named("^system:")
optional <- named("^optional:")
debian <- named("^debian:")
plain <- grep("^(system|optional|debian):", args, value = TRUE, invert = TRUE)
needed <- rbind(
  described(c("Depends", "Imports", "LinkingTo")),
  data.frame(package = plain, version = rep("0", length(plain)))
)
welcome <- rbind(
  if (!required_only) described("Suggests"),
  data.frame(package = optional, version = rep("0", length(optional)))
)
wanted <- rbind(needed, welcome)

has_apt <- Sys.which("apt-get") != "" && startsWith(R.home(), "/usr/lib/R") &&
  Sys.info()[["effective_user"]] == "root"
missing_debian <- function(packages) {
  installed <- vapply(packages, function(package) {
    status <- suppressWarnings(system2(
      "dpkg-query", c("-W", "-f=\\${Status}", package),
      stdout = TRUE, stderr = FALSE
    ))
    identical(c(status), "install ok installed")
  }, NA)
  packages[!installed]
}

absent <- missing_packages(wanted)
absent_commands <- missing_commands(commands)
absent_debian <- if (has_apt) missing_debian(debian)
missing <- c(absent, absent_commands, absent_debian)
if (length(missing) == 0) quit(status = 0)

message("Missing: ", paste(missing, collapse = ", "))
if (has_apt) {
  apt_get("update")
  install_from_debian(c(
    if (length(absent)) paste0("r-cran-", tolower(absent)),
    absent_commands, absent_debian
  ))
}

absent <- missing_packages(wanted)
if (length(absent)) install_from_cran(absent)

absent <- missing_packages(wanted)
absent_commands <- missing_commands(commands)
if (length(absent)) {
  message("Could not be installed: ", paste(absent, collapse = ", "))
}
if (length(absent_commands)) {
  message(
    "Please install these programs with your system's package manager: ",
    paste(absent_commands, collapse = ", ")
  )
}
if (length(absent_commands) || any(absent %in% needed$package)) {
  quit(status = 1)
}
