// See fields.h.
#include "fields.h"

namespace engine {

void require_shape(const std::string &name, const Matrix &values, Index rows,
                   Index columns) {
  sgmoe::require_size(name.c_str(), "rows", values.rows(), rows);
  sgmoe::require_size(name.c_str(), "columns", values.cols(), columns);
}

void require_finite(const char *what, const Fields &fields) {
  for (const Field &field : fields)
    for (Index i = 0; i < field.value.size(); ++i)
      if (!std::isfinite(field.value.data()[i]))
        throw sgmoe::InputError(std::string(what) + ": " + field.name +
                                " has a value that is not finite");
}

const Field &find(const Fields &fields, const std::string &name) {
  for (const Field &field : fields)
    if (field.name == name)
      return field;
  throw sgmoe::InputError(name + ": it is missing");
}

void Writer::operator()(const std::string &name, double value) const {
  fields_->push_back({name, Matrix::Constant(1, 1, value), false});
}

void Writer::operator()(const std::string &name, const Vector &value) const {
  fields_->push_back({name, value, false});
}

void Writer::operator()(const std::string &name, const Matrix &value) const {
  fields_->push_back({name, value, true});
}

void Writer::operator()(const std::string &name,
                        const std::vector<Matrix> &value) const {
  const Index width = value.empty() ? 0 : value.front().cols();
  Matrix all(value.empty() ? 0 : value.front().rows(),
             width * static_cast<Index>(value.size()));
  for (std::size_t k = 0; k < value.size(); ++k)
    all.middleCols(static_cast<Index>(k) * width, width) = value[k];
  fields_->push_back({name, all, true});
}

const Matrix &Reader::shaped(const std::string &name, Index rows,
                             Index columns) const {
  const Matrix &value = find(*fields_, name).value;
  require_shape(name, value, rows, columns);
  return value;
}

void Reader::operator()(const std::string &name, double &to) const {
  to = shaped(name, 1, 1)(0, 0);
}

void Reader::operator()(const std::string &name, Vector &to) const {
  to = shaped(name, to.size(), 1);
}

void Reader::operator()(const std::string &name, Matrix &to) const {
  to = shaped(name, to.rows(), to.cols());
}

void Reader::operator()(const std::string &name,
                        std::vector<Matrix> &to) const {
  const Index width = to.empty() ? 0 : to.front().cols();
  const Matrix &all = shaped(name, to.empty() ? 0 : to.front().rows(),
                             width * static_cast<Index>(to.size()));
  for (std::size_t k = 0; k < to.size(); ++k)
    to[k] = all.middleCols(static_cast<Index>(k) * width, width);
}

void GrowingReader::operator()(const std::string &name, Matrix &to) const {
  to = find(*fields_, name).value;
}

} // namespace engine
