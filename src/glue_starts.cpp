// Many starts at once: the partitions that they begin from, and their runs over
// the same rows, side by side.
#include "convert.h"
#include "interrupt.h"

#include <sgmoe/core/cells.hpp>
#include <sgmoe/core/walk.hpp>

namespace {

sgmoe::Matrix copied(const Rcpp::List &from, const char *name) {
  return convert::map(Rcpp::as<Rcpp::NumericMatrix>(from[name]));
}

std::vector<sgmoe::LocalLine> lines(const Rcpp::List &draw) {
  const Rcpp::IntegerVector rows = draw["rows"];
  const Rcpp::IntegerMatrix ranks = draw["ranks"];
  std::vector<sgmoe::LocalLine> result;
  for (int k = 0; k < ranks.ncol(); ++k) {
    result.push_back({rows[k] - 1, {}});
    for (const int rank : ranks.column(k))
      result.back().ranks.push_back(rank - 1);
  }
  return result;
}

/// Where a run begins: parameters, or posteriors, or a cell for each row.
struct Start {
  engine::Fields parameters;
  Eigen::Map<const sgmoe::Matrix> posterior{nullptr, 0, 0};
  sgmoe::Cells cells;
};

Start read_start(const Rcpp::List &from) {
  Start result;
  if (from.containsElementNamed("posterior"))
    new (&result.posterior) Eigen::Map<const sgmoe::Matrix>(
        convert::map(convert::numbers(from["posterior"])));
  else if (from.containsElementNamed("cell"))
    result.cells = Rcpp::as<sgmoe::Cells>(from["cell"]);
  else
    result.parameters = convert::fields(from);
  return result;
}

/// Not quite certain, so that no row is lost to an expert for good.
sgmoe::Matrix posterior_of(const sgmoe::Cells &cells, sgmoe::Index experts) {
  const double rest = 0.1 / static_cast<double>(experts);
  sgmoe::Matrix result = sgmoe::Matrix::Constant(
      static_cast<sgmoe::Index>(cells.size()), experts, rest);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i] < 1 || cells[i] > experts)
      throw sgmoe::InputError("start: no such cell");
    result(static_cast<sgmoe::Index>(i), cells[i] - 1) = 0.9 + rest;
  }
  return result;
}

} // namespace

// The cells (from one) of partitions that are drawn: list(kind, points,
// centres), `points` one of "all" and "covariates", or list(kind = "lines",
// rows, ranks), see core/cells.hpp. `points` holds these, and the experts'
// design z and the response y.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_cells(const Rcpp::List &points, const Rcpp::List &draws) {
  const sgmoe::Matrix z = copied(points, "z"), y = copied(points, "y"),
                      all = copied(points, "all"),
                      covariates = copied(points, "covariates");
  Rcpp::List result(draws.size());
  for (R_xlen_t i = 0; i < draws.size(); ++i) {
    const Rcpp::List draw(VECTOR_ELT(draws, i));
    const auto kind = Rcpp::as<std::string>(draw["kind"]);
    sgmoe::Cells cells;
    if (kind == "lines") {
      cells = sgmoe::line_cells(z, y, all, lines(draw));
    } else {
      const sgmoe::Matrix centres = copied(draw, "centres");
      const sgmoe::Matrix &where =
          Rcpp::as<std::string>(draw["points"]) == "all" ? all : covariates;
      if (kind == "nearest")
        sgmoe::nearest_cells(where, centres, cells);
      else // Ten rounds: an unconverged partition is as good a start.
        cells = sgmoe::k_means_cells(where, centres, 10);
    }
    Rcpp::IntegerVector numbers(cells.begin(), cells.end());
    result[i] = numbers + 1;
  }
  return result;
}

// Runs from many starts over rows in memory, each with its own limit of passes:
// what core_fit() gives, in a list. `control` says how many threads share the
// runs; each is the same whoever makes it. After an interrupt, runs that were
// not begun are NULL.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_fit_each(const Rcpp::List &data, const Rcpp::List &model,
                         const Rcpp::List &starts, const Rcpp::List &control,
                         const Rcpp::NumericVector &max_passes,
                         const Rcpp::Nullable<Rcpp::Function> &progress) {
  const auto engine = convert::make_engine(model);
  const auto experts =
      static_cast<sgmoe::Index>(Rcpp::as<double>(model["experts"]));
  const sgmoe::Rows rows = convert::rows(data);
  const sgmoe::BatchControl shared = convert::batch_control(control);
  const sgmoe::Index count = starts.size();
  sgmoe::require_size("starts", "max_passes", max_passes.size(), count);
  std::vector<Start> origins;
  for (R_xlen_t i = 0; i < starts.size(); ++i)
    origins.push_back(read_start(Rcpp::List(VECTOR_ELT(starts, i))));
  std::vector<engine::Fit> fits(origins.size());
  std::vector<char> begun(origins.size(), 0);
  std::atomic<bool> stop(false);

  // Only the calling thread may ask R, or tell it anything.
  sgmoe::Callbacks of_caller, of_others;
  of_others.keep_going = [&stop] { return !stop; };
  of_caller.keep_going = [&stop] {
    if (!keep_going())
      stop = true;
    return !stop;
  };
  if (progress.isNotNull()) {
    const Rcpp::Function report(progress);
    of_caller.on_pass = [report](sgmoe::Index passes, double objective) {
      report(static_cast<double>(passes), objective);
    };
  }
  const auto run = [&](sgmoe::Index i, sgmoe::Index thread) {
    if (stop)
      return;
    const auto at = static_cast<std::size_t>(i);
    begun[at] = 1;
    sgmoe::MemoryRows source(rows);
    engine::Origin origin;
    origin.rows = &source;
    sgmoe::BatchControl own = shared;
    own.threads = 1;
    own.max_passes = static_cast<sgmoe::Index>(max_passes[i]);
    const sgmoe::Callbacks &callbacks = thread == 0 ? of_caller : of_others;
    const Start &start = origins[at];
    if (!start.parameters.empty()) {
      fits[at] = engine->fit(origin, start.parameters, own, callbacks);
      return;
    }
    sgmoe::Matrix posterior;
    if (!start.cells.empty())
      posterior = posterior_of(start.cells, experts);
    fits[at] = engine->fit_from_posterior(
        origin,
        start.cells.empty() ? start.posterior
                            : Eigen::Map<const sgmoe::Matrix>(posterior.data(),
                                                              posterior.rows(),
                                                              posterior.cols()),
        own, callbacks);
  };
  sgmoe::run_groups(count,
                    std::max<sgmoe::Index>(1, std::min(shared.threads, count)),
                    sgmoe::KeepGoing(), run);
  Rcpp::List result(count);
  for (sgmoe::Index i = 0; i < count; ++i)
    if (begun[static_cast<std::size_t>(i)])
      result[i] = convert::list(fits[static_cast<std::size_t>(i)]);
  return result;
}
