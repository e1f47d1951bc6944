// Between the core's types and named numbers: visitors for fields(), with which
// parameters, statistics and states say what they are made of.
#ifndef SGMOE_FIELDS_H
#define SGMOE_FIELDS_H

#include "engine.h"

#include <string>

namespace engine {

void require_shape(const std::string &name, const Matrix &values, Index rows,
                   Index columns);
void require_finite(const char *what, const Fields &fields);
const Field &find(const Fields &fields, const std::string &name);

/// Appends what it visits.
class Writer {
public:
  explicit Writer(Fields &fields) : fields_(&fields) {}

  void operator()(const std::string &name, double value) const;
  void operator()(const std::string &name, const Vector &value) const;
  void operator()(const std::string &name, const Matrix &value) const;
  /// Several matrices of a shape stand side by side.
  void operator()(const std::string &name,
                  const std::vector<Matrix> &value) const;

private:
  Fields *fields_;
};

/// Fills what it visits, which has the right shape.
class Reader {
public:
  explicit Reader(const Fields &fields) : fields_(&fields) {}

  void operator()(const std::string &name, double &to) const;
  void operator()(const std::string &name, Vector &to) const;
  void operator()(const std::string &name, Matrix &to) const;
  void operator()(const std::string &name, std::vector<Matrix> &to) const;

private:
  const Matrix &shaped(const std::string &name, Index rows,
                       Index columns) const;

  const Fields *fields_;
};

/// Fills what may have any shape.
class GrowingReader {
public:
  explicit GrowingReader(const Fields &fields) : fields_(&fields) {}

  void operator()(const std::string &name, Matrix &to) const;

private:
  const Fields *fields_;
};

} // namespace engine

#endif
