// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/generated/subject.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "checker/intercept/arena.hpp"

namespace checker::generated {

std::vector<std::uint64_t> final_state(const program_spec& program, const world& shared) {
  std::vector<std::uint64_t> state(shared.words, shared.words + program.words);
  state.push_back(shared.flags);
  for (std::size_t i = 0; i < program.locks.size(); ++i) state.push_back(shared.locks[i].state);
  return state;
}

shared_log::shared_log() : counts_(1), entries_(most) {}

void shared_log::add(const std::vector<std::uint64_t>& final_state) {
  if (!added_.insert(final_state).second) return;
  const auto number = counts_[0].finals.fetch_add(1);
  if (number >= most || final_state.size() > longest) std::abort();  // too large for this test
  auto& added = entries_[number];
  std::ranges::copy(final_state, added.state);
  added.length = static_cast<std::uint32_t>(final_state.size());
}

std::set<std::vector<std::uint64_t>> shared_log::finals() const {
  std::set<std::vector<std::uint64_t>> all;
  for (std::uint32_t i = 0; i < counts_[0].finals; ++i) {
    const auto& each = entries_[i];
    all.emplace(each.state, each.state + each.length);
  }
  return all;
}

void subject::setup() {
  shared_ = arena_new<world>();
  for (int i = 0; i < spec_.words; ++i) {
    shared_->words[i] = spec_.initial[i];
    if (spec_.watched[i]) watch(&shared_->words[i], sizeof shared_->words[i]);
  }
  for (std::size_t i = 0; i < spec_.locks.size(); ++i) {
    checker_lock_init(&shared_->locks[i], spec_.locks[i].kind,
                      class_names[spec_.locks[i].lock_class], lock_names[i]);
  }
}

std::vector<thread_spec> subject::threads() {
  std::vector<thread_spec> result;
  for (std::size_t t = 0; t < spec_.threads.size(); ++t) {
    thread_spec thread{std::string("thread ") + std::to_string(t), {}};
    for (std::size_t i = 0; i < spec_.threads[t].size(); ++i) {
      thread.operations.push_back({"operation", [this, t, i] {
                                     const auto& code = spec_.threads[t][i];
                                     outside_.threads[t].operation = static_cast<int>(i);
                                     interpret(shared_, code.data(), static_cast<int>(code.size()),
                                               &outside_.threads[t]);
                                   }});
    }
    result.push_back(std::move(thread));
  }
  return result;
}

void subject::hooks(trigger when) {
  run_hooks(shared_, spec_.hooks.data(), static_cast<int>(spec_.hooks.size()), when, &outside_);
  if (log_ != nullptr) log_->add(outside_.flags);
}

}  // namespace checker::generated
