// Passes that others make: parameters go out, statistics come back, one from
// each partition, and are merged in their order.
#ifndef SGMOE_REMOTE_HPP
#define SGMOE_REMOTE_HPP

#include "flat.hpp"
#include "pass_source.hpp"

#include <functional>

namespace sgmoe {

/// The answers of all partitions to a question (flat.hpp); none if the user
/// interrupted.
using AskAll = std::function<std::vector<Numbers>(const Numbers &)>;

template <class Family> class RemotePasses final : public PassSource<Family> {
public:
  RemotePasses(Index rows, const AskAll &ask) : rows_(rows), ask_(ask) {}

  Index size() const override { return rows_; }

  bool pass(const Mixture<Family> &mixture, const Parameters<Family> &theta,
            const Request &request, Index, const KeepGoing &keep_going,
            Statistic<Family> &result) override {
    if (request.posterior != nullptr && request.posterior->rows() != 1)
      throw InputError("start: posteriors of rows that lie elsewhere");
    const auto answers = ask_(flat_question(request, theta));
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (i == 0)
        result = unflatten(mixture, request, answers[i]);
      else
        result.merge(unflatten(mixture, request, answers[i]));
    }
    return !answers.empty() && (!keep_going || keep_going());
  }

private:
  Index rows_;
  AskAll ask_;
};

} // namespace sgmoe

#endif
