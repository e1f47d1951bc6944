# A PostgreSQL server for the tests, where its programs and RPostgreSQL are there:
# it listens on a socket in a folder of its own, and ends with the tests.

postgres_programs <- function() {
  folders <- c(
    dirname(Sys.which("initdb")), Sys.glob("/usr/lib/postgresql/*/bin")
  )
  folders <- folders[file.exists(file.path(folders, "initdb"))]
  if (length(folders)) folders[[length(folders)]]
}

has_postgres <- function() {
  .Platform$OS.type == "unix" && !is.null(postgres_programs()) &&
    !is.null(as_postgres()) && requireNamespace("RPostgreSQL", quietly = TRUE)
}

# The words before a command by which it runs as somebody whom the server accepts:
# it refuses root. NULL if there are none. (Where the user postgres may not write to
# /dev/null, as in some containers, a name space in which root has that user's
# number serves.)
as_postgres <- function() {
  if (!identical(Sys.info()[["effective_user"]], "root")) {
    return("")
  }
  id <- suppressWarnings(
    system2("id", c("-u", "postgres"), stdout = TRUE, stderr = TRUE)
  )
  words <- c(
    "runuser -u postgres --", paste0("unshare --user --map-user=", id[[1L]], " --")
  )
  for (word in words) {
    tried <- paste(word, "sh -c 'test \"$(id -u)\" != 0 && : > /dev/null'")
    if (system(paste(tried, "> /dev/null 2>&1")) == 0) {
      return(word)
    }
  }
  NULL
}

# A connection to a new server, which is ended with the frame. The server refuses
# to run as root: then it is of the user postgres.
local_postgres <- function(frame = parent.frame()) {
  programs <- postgres_programs()
  folder <- tempfile("pg", "/tmp") # a socket's name must be short
  dir.create(folder)
  data <- file.path(folder, "data")
  prefix <- as_postgres()
  if (startsWith(prefix, "runuser")) {
    system2("chown", c("postgres", folder))
  }
  run <- function(program, arguments) {
    # In the folder, which both users may enter.
    system(paste(
      "cd", folder, "&&", prefix, file.path(programs, program), arguments,
      "> log 2>&1"
    ))
  }
  stop_server <- function() {
    run("pg_ctl", paste("-D", data, "-m immediate -w stop"))
    unlink(folder, recursive = TRUE)
  }
  do.call(on.exit, list(bquote(.(stop_server)()), TRUE, FALSE), envir = frame)
  run("initdb", paste("-D", data, "-A trust -U tester --no-sync"))
  options <- sprintf(
    "-c listen_addresses= -c unix_socket_directories=%s -c fsync=off", folder
  )
  run("pg_ctl", paste("-D", data, "-w -o", shQuote(options), "-l server start"))
  con <- DBI::dbConnect(
    RPostgreSQL::PostgreSQL(),
    host = folder, user = "tester", dbname = "postgres"
  )
  do.call(
    on.exit, list(bquote(DBI::dbDisconnect(.(con))), TRUE, FALSE),
    envir = frame
  )
  con
}
