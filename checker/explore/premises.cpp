// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/premises.hpp"

#include "checker/explore/checkpoint.hpp"

namespace checker::explore {

premises first_premises(const checkpoint_plan& plan) {
  premises given;
  if (!plan.resume) return given;
  if (const auto before = premises_of_checkpoint(plan.path)) {
    given.bit_locks_order = before->bit_locks_order;
    given.threads_may_be_merged = before->threads_merged;
  }
  return given;
}

std::optional<premises> better_premises(const premises& given, bool released_for_others,
                                        graph_exploration* graph) {
  if (given.bit_locks_order && released_for_others) {
    premises better;
    better.bit_locks_order = false;
    better.threads_may_be_merged = given.threads_may_be_merged;
    return better;
  }
  if (graph == nullptr || !(graph->graph().sets().broken() || graph->cycles_of_merged())) {
    return std::nullopt;
  }
  auto better = given;
  better.learned = graph->graph().sets().learned();
  if (graph->cycles_of_merged()) better.threads_may_be_merged = false;
  return better;
}

premises anew(const premises& given) {
  premises same;
  same.bit_locks_order = given.bit_locks_order;
  same.threads_may_be_merged = given.threads_may_be_merged;
  return same;
}

}  // namespace checker::explore
