# The code of a chunk of a vignette, as it stands there.
vignette_chunk <- function(file, label) {
  lines <- readLines(file.path(source_folder("vignettes"), file), encoding = "UTF-8")
  begin <- grep(paste0("^```\\{r ", label, "[},]"), lines)
  end <- grep("^```$", lines)
  parse(text = lines[(begin + 1):(min(end[end > begin]) - 1)])
}
