// The columns of a study's tables, listed once: JSON is written and read by them, and HDF5 written. visit(name, member)
// sees a string, bool, int, double, std::int64_t, FindingKind or Acceptance.
#pragma once

#include "host/eigbench/solver_comparison.hpp"

namespace balassa {

template <class Visit>
void visit_fields(StudyConditions& c, Visit&& visit) {
  visit("balassa_version", c.version);
  visit("system", c.system);
  visit("start", c.start);
  visit("cpu", c.cpu);
  visit("cores", c.cores);
  visit("simd", c.simd);
  visit("blas", c.blas);
  visit("blas_core", c.blas_core);
  visit("blas_threads", c.blas_threads);
  visit("repetitions", c.repetitions);
  visit("limit_seconds", c.limit);
  visit("flushed_bytes", c.flushed_bytes);
  visit("load_before", c.load_before);
  visit("load_after", c.load_after);
  visit("seed", c.seed);
}

template <class Visit>
void visit_fields(SolverDescription& s, Visit&& visit) {
  visit("name", s.name);
  visit("library", s.library);
  visit("method", s.method);
  visit("partial", s.partial);
  visit("symmetric", s.symmetric);
  visit("dense", s.dense);
  visit("by_product", s.by_product);
  visit("warm", s.warm);
  visit("uses_base", s.uses_base);
  visit("accepts", s.accepts);
  visit("device", s.device);
  visit("precision", s.precision);
  visit("tolerance", s.tolerance);
  visit("roundings", s.roundings);
  visit("smallest_n", s.smallest_n);
  visit("largest_n", s.largest_n);
  visit("largest_batch", s.largest_batch);
  visit("largest_elements", s.largest_elements);
  visit("limit", s.limit);
  visit("absent", s.absent);
}

template <class Visit>
void visit_fields(SetSummary& s, Visit&& visit) {
  visit("name", s.name);
  visit("family", s.family);
  visit("statement", s.statement);
  visit("source", s.source);
  visit("locations", s.locations);
  visit("products", s.products);
  visit("problems", s.problems);
  visit("density", s.density);
  visit("lambda2", s.lambda2);
  visit("lambda3", s.lambda3);
  visit("gap", s.gap);
  visit("participation", s.participation);
}

template <class Visit>
void visit_fields(SolverTrial& t, Visit&& visit) {
  visit("solver", t.solver);
  visit("cold", t.cold);
  visit("set", t.set);
  visit("batch", t.batch);
  visit("setup_low", t.setup.low);
  visit("setup_median", t.setup.median);
  visit("setup_high", t.setup.high);
  visit("solve_low", t.solve.low);
  visit("solve_median", t.solve.median);
  visit("solve_high", t.solve.high);
  visit("repetitions", t.solve.count);
  visit("applications", t.applications);
  visit("memory", t.memory);
}

template <class Visit>
void visit_fields(SolverAnswer& a, Visit&& visit) {
  visit("solver", a.solver);
  visit("cold", a.cold);
  visit("set", a.set);
  visit("problem", a.problem);
  visit("has_vector", a.accuracy.has_vector);
  visit("residual", a.accuracy.residual);
  visit("trivial", a.accuracy.trivial);
  visit("length_error", a.accuracy.length_error);
  visit("lambda2_error", a.accuracy.lambda2_error);
  visit("lambda3_error", a.accuracy.lambda3_error);
  visit("sine", a.accuracy.sine);
  visit("bound", a.accuracy.bound);
  visit("theta", a.accuracy.theta);
  visit("rank_changes", a.accuracy.rank_changes);
}

template <class Visit>
void visit_fields(Finding& f, Visit&& visit) {
  visit("solver", f.solver);
  visit("cold", f.cold);
  visit("set", f.set);
  visit("problem", f.problem);
  visit("kind", f.observation.kind);
  visit("value", f.observation.value);
  visit("allowed", f.observation.allowed);
  visit("note", f.observation.note);
}

template <class Visit>
void visit_fields(Omission& o, Visit&& visit) {
  visit("solver", o.solver);
  visit("set", o.set);
  visit("reason", o.reason);
}

}  // namespace balassa
