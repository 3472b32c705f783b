// SPDX-License-Identifier: GPL-2.0-only
#include "checker/intercept/api.h"
#include "checker/toys/publish.hpp"

namespace checker::toys {
namespace {

volatile std::uint64_t& marked(std::uint64_t& word) { return word; }

}  // namespace

void publish(published* where, bool write_barrier) {
  marked(where->data) = published_data;
  if (write_barrier) __atomic_thread_fence(__ATOMIC_RELEASE);
  marked(where->ready) = 1;
}

void look(published* where, bool read_barrier) {
  if (marked(where->ready) == 0) return;
  if (read_barrier) __atomic_thread_fence(__ATOMIC_ACQUIRE);
  const std::uint64_t found = marked(where->data);
  if (found != published_data) checker_violation("stale-data", "ready, but the data is %lu", found);
}

}  // namespace checker::toys
