// See convert.h.
#include "convert.h"

#include <sgmoe/core/kernels.hpp>
#include <sgmoe/driver/spill_rows.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace convert {

namespace {

// Refuses what Rcpp would silently convert: a view of the converted copy would
// outlive it.
SEXP require_double(SEXP values) {
  if (TYPEOF(values) != REALSXP)
    throw sgmoe::InputError("data: expected values of type double");
  return values;
}

// Name and value of a choice.
template <class Choice>
using Choices = std::initializer_list<std::pair<const char *, Choice>>;

template <class Choice>
Choice choose(const char *what, const std::string &name,
              const Choices<Choice> &choices) {
  std::string known;
  for (const auto &choice : choices) {
    if (name == choice.first)
      return choice.second;
    known += (known.empty() ? "" : ", ") + std::string(choice.first);
  }
  throw sgmoe::InputError(std::string(what) + ": got \"" + name +
                          "\", expected one of " + known);
}

SEXP element(const Rcpp::List &list, const char *name) {
  const R_xlen_t at = position(list, name);
  if (at < 0)
    throw sgmoe::InputError(std::string(name) + ": it is missing");
  return VECTOR_ELT(list, at);
}

double number(const Rcpp::List &list, const char *name) {
  const SEXP value = element(list, name);
  if (Rf_length(value) != 1)
    throw sgmoe::InputError(std::string(name) + ": expected one number");
  return Rf_asReal(value);
}

sgmoe::Index whole(const Rcpp::List &list, const char *name) {
  const double value = number(list, name);
  if (!(std::fabs(value) <= std::numeric_limits<int>::max() &&
        value == std::floor(value)))
    throw sgmoe::InputError(std::string(name) + ": expected a whole number");
  return static_cast<sgmoe::Index>(value);
}

std::string word(const Rcpp::List &list, const char *name) {
  return Rcpp::as<std::string>(element(list, name));
}

// Of a list that has them.
Rcpp::CharacterVector names_of(const Rcpp::List &list) {
  return Rf_getAttrib(list, R_NamesSymbol);
}

engine::Field field(const std::string &name, SEXP from) {
  const Rcpp::NumericVector values(from);
  const bool matrix = Rf_isMatrix(from);
  const sgmoe::Index rows = matrix ? Rf_nrows(from) : values.size();
  return {name,
          Eigen::Map<const sgmoe::Matrix>(values.begin(), rows,
                                          matrix ? Rf_ncols(from) : 1),
          matrix};
}

} // namespace

R_xlen_t position(SEXP list, const char *name) {
  const SEXP names = Rf_getAttrib(list, R_NamesSymbol);
  if (TYPEOF(list) != VECSXP || TYPEOF(names) != STRSXP)
    return -1;
  const SEXP word = Rf_mkChar(name); // R keeps each word once
  const SEXP *const words = STRING_PTR_RO(names);
  const SEXP *const end = words + Rf_xlength(list);
  const SEXP *const at = std::find(words, end, word);
  return at == end ? -1 : at - words;
}

Rcpp::NumericMatrix numbers(SEXP values) { return require_double(values); }

Eigen::Map<const sgmoe::Matrix> map(const Rcpp::NumericMatrix &values) {
  return {values.begin(), values.nrow(), values.ncol()};
}

Eigen::Map<const sgmoe::Vector> map(const Rcpp::NumericVector &values) {
  return {values.begin(), values.size()};
}

sgmoe::Columns columns(const Rcpp::List &part) {
  return {map(Rcpp::NumericMatrix(require_double(element(part, "values")))),
          vector(Rcpp::NumericVector(element(part, "centre"))),
          vector(Rcpp::NumericVector(element(part, "scale")))};
}

sgmoe::Rows rows(const Rcpp::List &data) {
  const bool same = Rf_isNull(element(data, "expert"));
  const sgmoe::Columns gate = columns(element(data, "gate"));
  const SEXP offset = element(data, "offset");
  sgmoe::Rows result{
      gate,
      same ? gate : columns(element(data, "expert")),
      columns(element(data, "response")),
      map(Rcpp::NumericVector(require_double(element(data, "weights")))),
      Rf_isNull(offset) ? Eigen::Map<const sgmoe::Matrix>(nullptr, 0, 0)
                        : map(Rcpp::NumericMatrix(require_double(offset))),
      same};
  if (data.containsElementNamed("background") && !Rf_isNull(data["background"]))
    new (&result.background) Eigen::Map<const sgmoe::Vector>(
        map(Rcpp::NumericVector(require_double(data["background"]))));
  return result;
}

namespace {

class HeldRows final : public sgmoe::RowSource {
public:
  explicit HeldRows(const sgmoe::Rows &rows) : rows_(rows), source_(rows_) {}

  sgmoe::Index size() const override { return rows_.size(); }
  const sgmoe::Rows &shape() const override { return rows_; }
  sgmoe::Leaf leaf(sgmoe::Index number) override {
    return source_.leaf(number);
  }

private:
  sgmoe::Rows rows_;
  sgmoe::MemoryRows source_;
};

bool is_spilled(SEXP values) {
  return TYPEOF(values) == VECSXP && Rf_inherits(values, "spilled");
}

std::vector<sgmoe::Index> spilled_columns(SEXP values) {
  if (!is_spilled(values))
    throw sgmoe::InputError("data: expected columns of a spill");
  const Rcpp::NumericVector columns(element(Rcpp::List(values), "columns"));
  std::vector<sgmoe::Index> result;
  for (double column : columns)
    result.push_back(static_cast<sgmoe::Index>(column) - 1);
  return result;
}

sgmoe::SpillPart spilled_part(const Rcpp::List &part) {
  return {spilled_columns(element(part, "values")),
          vector(Rcpp::NumericVector(element(part, "centre"))),
          vector(Rcpp::NumericVector(element(part, "scale")))};
}

} // namespace

std::unique_ptr<sgmoe::RowSource> source(const Rcpp::List &data) {
  const Rcpp::List gate(element(data, "gate"));
  const SEXP values = element(gate, "values");
  if (!is_spilled(values))
    return std::unique_ptr<sgmoe::RowSource>(new HeldRows(rows(data)));
  sgmoe::SpillParts parts;
  parts.gate = spilled_part(gate);
  parts.same_design = Rf_isNull(element(data, "expert"));
  if (!parts.same_design)
    parts.expert = spilled_part(element(data, "expert"));
  parts.response = spilled_part(element(data, "response"));
  if (is_spilled(element(data, "weights")))
    parts.weight = spilled_columns(element(data, "weights"));
  if (!Rf_isNull(element(data, "offset")))
    parts.offset = spilled_columns(element(data, "offset"));
  return std::unique_ptr<sgmoe::RowSource>(
      new sgmoe::SpillRows(word(Rcpp::List(values), "path"), parts));
}

void choose_kernels() {
  const SEXP option = Rf_GetOption1(Rf_install("sgmoe.simd"));
  const bool word = Rf_isString(option) && Rf_length(option) == 1;
  if (!Rf_isNull(option) && !word)
    throw sgmoe::InputError("option sgmoe.simd: expected a word");
  if (!sgmoe::kernels::choose(word ? CHAR(STRING_ELT(option, 0)) : "best"))
    throw sgmoe::InputError("option sgmoe.simd: unknown instruction set");
}

// What is not known here is a setting for the family to read.
std::unique_ptr<engine::Engine> make_engine(const Rcpp::List &from) {
  choose_kernels();
  engine::Model model;
  model.family = word(from, "family");
  model.experts = whole(from, "experts");
  model.responses = whole(from, "responses");
  model.gate_penalty =
      vector(Rcpp::NumericVector(element(from, "gate_penalty")));
  model.expert_penalty =
      vector(Rcpp::NumericVector(element(from, "expert_penalty")));
  const Rcpp::CharacterVector names = names_of(from);
  for (R_xlen_t i = 0; i < from.size(); ++i) {
    const SEXP value = from[i];
    const std::string name(names[i]);
    if (TYPEOF(value) == STRSXP)
      model.words[name] = Rcpp::as<std::string>(value);
    else if (Rf_isMatrix(value) && Rf_isNumeric(value))
      model.matrices[name] = field(name, value).value;
    else if (Rf_length(value) == 1 &&
             (Rf_isNumeric(value) || Rf_isLogical(value)))
      model.numbers[name] = Rf_asReal(value);
  }
  return engine::make_engine(model);
}

sgmoe::Curvature curvature(const std::string &name) {
  using sgmoe::Curvature;
  return choose<Curvature>(
      "curvature", name,
      {{"bound", Curvature::bound}, {"fisher", Curvature::fisher}});
}

unsigned row_parts(const Rcpp::CharacterVector &names) {
  namespace part = sgmoe::row_part;
  unsigned result = 0;
  for (R_xlen_t i = 0; i < names.size(); ++i)
    result |= choose<unsigned>("parts", std::string(names[i]),
                               {{"gate", part::gate},
                                {"expert", part::expert},
                                {"posterior", part::posterior}});
  return result;
}

sgmoe::BatchControl batch_control(const Rcpp::List &control) {
  using sgmoe::Acceleration;
  using sgmoe::Method;
  sgmoe::BatchControl result;
  result.max_passes = whole(control, "max_passes");
  result.tolerance = number(control, "tolerance");
  // (R's third method, "incremental", fits its pilot by MM.)
  result.method = word(control, "method") == "em" ? Method::em : Method::mm;
  result.curvature = curvature(word(control, "curvature"));
  result.acceleration =
      choose<Acceleration>("acceleration", word(control, "acceleration"),
                           {{"quasi-newton", Acceleration::quasi_newton},
                            {"anderson", Acceleration::anderson},
                            {"none", Acceleration::none}});
  result.history = whole(control, "history");
  result.threads = whole(control, "threads");
  return result;
}

sgmoe::IncrementalControl incremental_control(const Rcpp::List &control) {
  using sgmoe::Average;
  sgmoe::IncrementalControl result;
  result.step_size.exponent = number(control, "exponent");
  result.step_size.delay = number(control, "delay");
  result.step_size.constant = number(control, "constant");
  result.minibatch = whole(control, "minibatch");
  result.update_every = whole(control, "update_every");
  result.curvature = curvature(word(control, "curvature"));
  result.revive = number(control, "revive") != 0.0;
  result.cap = number(control, "cap") != 0.0;
  if (control.containsElementNamed("ridge_weight"))
    result.ridge_weight = number(control, "ridge_weight");
  result.average = choose<Average>("average", word(control, "average"),
                                   {{"newton", Average::newton},
                                    {"tail", Average::tail},
                                    {"polyak", Average::polyak},
                                    {"none", Average::none}});
  result.threads = whole(control, "threads");
  return result;
}

engine::Fields fields(const Rcpp::List &from) {
  engine::Fields result;
  if (from.size() == 0 || Rf_isNull(from.names()))
    return result;
  const Rcpp::CharacterVector names = names_of(from);
  for (R_xlen_t i = 0; i < from.size(); ++i) {
    const SEXP value = from[i];
    if (Rf_isNumeric(value))
      result.push_back(field(std::string(names[i]), value));
  }
  return result;
}

engine::Stream stream(const Rcpp::List &state) {
  return {fields(element(state, "theta")), fields(state)};
}

sgmoe::Vector vector(const Rcpp::NumericVector &from) { return map(from); }

Rcpp::NumericVector vector(const sgmoe::Vector &from) {
  return Rcpp::NumericVector(from.data(), from.data() + from.size());
}

Rcpp::NumericMatrix matrix(const sgmoe::Matrix &from) {
  return Rcpp::NumericMatrix(static_cast<int>(from.rows()),
                             static_cast<int>(from.cols()), from.data());
}

Rcpp::List list(const engine::Fields &fields) {
  Rcpp::List result(static_cast<R_xlen_t>(fields.size()));
  Rcpp::CharacterVector names(result.size());
  R_xlen_t at = 0;
  for (const engine::Field &field : fields) {
    names[at] = field.name;
    if (field.matrix)
      result[at++] = matrix(field.value);
    else
      result[at++] = Rcpp::NumericVector(
          field.value.data(), field.value.data() + field.value.size());
  }
  result.names() = names;
  return result;
}

Rcpp::List list(const engine::Stream &stream) {
  Rcpp::List result = list(stream.numbers);
  result.push_front(list(stream.parameters), "theta");
  return result;
}

Rcpp::List list(const engine::Fit &fit) {
  using Rcpp::Named;
  return Rcpp::List::create(
      Named("parameters") = list(fit.parameters),
      Named("objective") = fit.objective,
      Named("log_likelihood") = fit.log_likelihood,
      Named("reason") = fit.reason,
      Named("passes") = static_cast<double>(fit.passes),
      Named("rejected") = static_cast<double>(fit.rejected),
      Named("trace") = fit.trace, Named("gain") = fit.gain,
      Named("expert_weight") = vector(fit.expert_weight),
      Named("starved") = fit.report.starved,
      Named("floored") = fit.report.floored);
}

Rcpp::List list(const sgmoe::BlockInformation &block) {
  return Rcpp::List::create(Rcpp::Named("information") =
                                matrix(block.information),
                            Rcpp::Named("gram") = matrix(block.gram));
}

} // namespace convert
