// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/relevance.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace checker::report {
namespace {

using trace::step;
using trace::step_kind;

bool is_access(const step& value) {
  return value.kind == step_kind::load || value.kind == step_kind::store ||
         value.kind == step_kind::rmw || value.kind == step_kind::wait;
}

bool is_lock(const step& value) {
  return value.kind == step_kind::lock || value.kind == step_kind::trylock ||
         value.kind == step_kind::unlock;
}

/// What an access is an access to: its word, or its name where it has no address.
using target = std::pair<std::uint64_t, std::string>;
target target_of(const step& value) {
  if (value.address != 0) return {value.address / 8, {}};
  return {0, value.object};
}

/// What a note is about: "page 3 refcount: 1 -> 2" is about "page 3 refcount".
std::string subject_of(const std::string& note) { return note.substr(0, note.find(": ")); }

/// Who uses a word or a lock, and who changes it.
struct users {
  std::set<int> all, changing;

  /// True if another thread's use and this one don't commute.
  bool conflict(int thread, bool changes) const {
    const std::set<int>& others = changes ? all : changing;
    return others.size() > 1 || (others.size() == 1 && !others.contains(thread));
  }
};

class judge {
 public:
  explicit judge(const trace::document& document) {
    for (const step& value : document.steps) {
      for (const std::string& note : value.notes) use(names_[subject_of(note)], value, true);
      if (!is_access(value) && !is_lock(value)) continue;
      const bool changes = is_lock(value) ? value.mode == trace::lock_mode::write : writes(value);
      use(is_lock(value) ? locks_[value.object] : words_[target_of(value)], value, changes);
      use(names_[value.object], value, changes);
    }
    const trace::violation& result = document.result;
    for (const trace::wait& entry : result.waits) named_locks_.insert(entry.lock);
    if (!result.covering_lock.empty()) named_locks_.insert(result.covering_lock);
    for (const trace::lock_edge& edge : result.cycle) named_locks_.insert({edge.from, edge.to});
    if (result.step >= 0) culprits_.insert(result.step);
    culprits_.insert(result.conflicting_steps.begin(), result.conflicting_steps.end());
    // What the violating thread held matters, and what two threads could have met in.
    for (const trace::held_lock& lock : result.held) {
      const auto place = locks_.find(lock.name);
      const bool contended = place != locks_.end() && place->second.all.size() > 1;
      if (contended || lock.thread == result.thread) acquisitions_.insert(lock.acquired_step);
    }
    repeats_ = result.repeats;
    for (const int index : culprits_) {
      const step& value = document.steps[static_cast<std::size_t>(index)];
      if (is_access(value)) culprit_words_.insert(target_of(value));
      if (is_lock(value)) named_locks_.insert(value.object);
    }
  }

  relevance of(const step& value) const {
    if (culprits_.contains(value.index)) return relevance::essential;
    const bool repeats =
        repeats_ && value.index >= repeats_->first && value.index <= repeats_->last;
    if (repeats) return relevance::essential;
    if (is_access(value)) return of_access(value);
    if (is_lock(value)) return of_lock(value);
    const bool exceptional_choice =
        value.kind == step_kind::choice && !value.after.empty() && value.after != "0";
    if (exceptional_choice) return relevance::essential;
    if (changes_shared(value)) return relevance::change;
    // What an atomic block read is not recorded.
    const bool unknown = value.kind == step_kind::atomic && value.notes.empty();
    return unknown ? relevance::shared : relevance::none;
  }

 private:
  static void use(users& entry, const step& value, bool changes) {
    entry.all.insert(value.thread);
    if (changes) entry.changing.insert(value.thread);
  }

  /// The step changed something another thread uses, by its notes.
  bool changes_shared(const step& value) const {
    return std::any_of(value.notes.begin(), value.notes.end(), [&](const std::string& note) {
      return names_.at(subject_of(note)).conflict(value.thread, true);
    });
  }

  relevance of_access(const step& value) const {
    const target word = target_of(value);
    // By its name, too: an atomic block tells only by notes what it used.
    const bool conflict = words_.at(word).conflict(value.thread, writes(value)) ||
                          names_.at(value.object).conflict(value.thread, writes(value));
    if (culprit_words_.contains(word) && (conflict || writes(value))) return relevance::essential;
    if (changes_shared(value) || (conflict && writes(value))) return relevance::change;
    return conflict ? relevance::shared : relevance::none;
  }

  relevance of_lock(const step& value) const {
    if (named_locks_.contains(value.object) || acquisitions_.contains(value.index))
      return relevance::essential;
    const bool conflict =
        locks_.at(value.object).conflict(value.thread, value.mode == trace::lock_mode::write);
    if (changes_shared(value)) return relevance::change;
    return conflict ? relevance::shared : relevance::none;
  }

  std::map<target, users> words_;
  std::map<std::string, users, std::less<>> locks_;
  std::map<std::string, users> names_;  ///< of words, as accesses and notes tell them
  std::set<std::string, std::less<>> named_locks_;
  std::set<int> culprits_;
  std::set<int> acquisitions_;  ///< of the locks held at the violation
  std::set<target> culprit_words_;
  std::optional<trace::step_range> repeats_;
};

/// Thread whose doing the violation is: of its step, else of the last step.
int violating_thread(const trace::document& document) {
  if (document.result.thread >= 0) return document.result.thread;
  return document.steps.empty() ? 0 : document.steps.back().thread;
}

}  // namespace

std::vector<relevance> relevance_of(const trace::document& document) {
  const judge opinion(document);
  std::vector<relevance> values;
  values.reserve(document.steps.size());
  for (const step& value : document.steps) values.push_back(opinion.of(value));
  return values;
}

std::vector<bool> choose_steps(const trace::document& document, std::size_t least,
                               std::size_t most) {
  const std::vector<relevance> values = relevance_of(document);
  const auto at_least = [&](relevance limit) {
    std::vector<bool> chosen;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const step_kind kind = document.steps[i].kind;
      chosen.push_back(values[i] >= limit && kind != step_kind::begin && kind != step_kind::end);
    }
    return chosen;
  };
  const auto count = [](const std::vector<bool>& chosen) {
    return static_cast<std::size_t>(std::count(chosen.begin(), chosen.end(), true));
  };
  std::vector<bool> chosen = at_least(relevance::shared);
  if (count(chosen) > most) chosen = at_least(relevance::change);
  if (count(chosen) > most) chosen = at_least(relevance::essential);
  const std::vector<int>& kept = document.result.conflicting_steps;
  std::size_t surplus = count(chosen) > most ? count(chosen) - most : 0;
  for (std::size_t i = 0; i < chosen.size() && surplus > 0; ++i) {
    if (!chosen[i] || std::find(kept.begin(), kept.end(), static_cast<int>(i)) != kept.end())
      continue;
    chosen[i] = false;
    --surplus;
  }
  const int thread = violating_thread(document);
  std::size_t shown = count(chosen);
  for (std::size_t i = values.size(); i-- > 0 && shown < least;) {
    const step& value = document.steps[i];
    const bool does = writes(value) || is_lock(value) || value.kind == step_kind::atomic;
    if (chosen[i] || value.thread != thread || !does) continue;
    chosen[i] = true;
    ++shown;
  }
  return chosen;
}

}  // namespace checker::report
