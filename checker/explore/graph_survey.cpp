// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/graph_survey.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <thread>

#include "checker/detect/crash.hpp"
#include "checker/intercept/execution.hpp"
#include "checker/intercept/hash.hpp"

namespace checker::explore {
namespace {

using seconds = std::chrono::duration<double>;

constexpr seconds before_first{0.3}, look{0.05};
constexpr double share_of_processor = 0.05;
// Where fewer of the states passed are known, nothing but a lower bound is.
constexpr double least_known = 0.3;
// What is left, as a multiple of what it looks like: see the head of the header.
constexpr double least_factor = 0.5, likely_factor = 2, most_factor = 5;

/// Of a processor, used by this process. The time that passes would say how busy the machine is.
seconds time_used() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

struct key_hash {
  std::size_t operator()(const state_key& key) const { return key.low; }
};

/// How many kinds there are, met or not, if `seen[i]` of them were met i times. Kinds met more
/// often than that are not counted.
double kinds_met(const std::array<double, 11>& seen) {
  double kinds = 0, met = 0, pairs = 0;
  for (std::size_t i = 1; i < seen.size(); ++i) {
    const auto times = static_cast<double>(i);
    kinds += seen[i];
    met += times * seen[i];
    pairs += times * (times - 1) * seen[i];
  }
  if (met == 0) return 0;
  const double covered = std::max(1 - seen[1] / met, 0.5 / met);
  const double uneven =
      met > 1 ? std::max(0.0, kinds / covered * pairs / (met * (met - 1)) - 1) : 0;
  return kinds / covered + seen[1] / covered * uneven;
}

}  // namespace

// ---- Walking -----------------------------------------------------------------------------------

void survey_walk::begin_execution() {
  if (walks_.size() == most_walks) walks_.pop_front();
  walks_.emplace_back();
  chosen_ = false;
  // Other weights for each execution: with equal ones, threads would keep in step.
  for (auto& weight : weights_) weight = -std::log(fraction());
}

thread_set survey_walk::wanted(const moment& now) {
  const auto node = graph_.find(now.merged_key);
  std::uint64_t all = now.enabled;
  for (thread_set open = now.enabled; open != 0; open &= open - 1) {
    const auto next = now.next_step[static_cast<std::size_t>(__builtin_ctz(open))];
    all = fold(all ^ next, 0x9e3779b97f4a7c15ULL) + 1;
  }
  const auto first = static_cast<std::size_t>(guide_.choose(now));
  const auto one = fold(now.enabled ^ now.next_step[first], 0xd6e8feb86659fd93ULL) + first;
  if (node != state_graph::nowhere) {
    const auto& where = graph_.at(node);
    const auto names = renaming(thread_order(where.order), now.order);
    thread_set found = 0;
    for (thread_set rest = where.wanted; rest != 0; rest &= rest - 1) {
      found |= thread_set{1} << names.at(__builtin_ctz(rest));
    }
    seen_[all] |= found;
    seen_[one] |= found;
    return found;
  }
  if (const auto known = seen_.find(all); known != seen_.end()) return known->second;
  if (const auto known = seen_.find(one); known != seen_.end()) return known->second;
  return now.enabled;
}

int survey_walk::pick(const moment& now) {
  chosen_ = false;
  walks_.back().push_back(now.merged_key);
  auto among = wanted(now) & now.enabled;
  if (among == 0) among = now.enabled;
  double sum = 0;
  for (auto open = among; open != 0; open &= open - 1) {
    sum += weights_[static_cast<std::size_t>(__builtin_ctz(open))];
  }
  double left = sum * fraction();
  int thread = -1;
  for (auto open = among; open != 0 && left >= 0; open &= open - 1) {
    thread = __builtin_ctz(open);
    left -= weights_[static_cast<std::size_t>(thread)];
  }
  return thread;
}

// ---- The process -------------------------------------------------------------------------------

graph_survey::graph_survey(state_graph& graph, program& subject, const execution& search,
                           const lock_numbers& numbers, bool bit_locks_order, bool blocks)
    : graph_(graph), shared_(1) {
  std::fflush(nullptr);  // or the child would print it again
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // the parent died before it could be watched
  work(subject, search, numbers, bit_locks_order, blocks);
}

graph_survey::~graph_survey() {
  if (process_ <= 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

void graph_survey::work(program& subject, const execution& search, const lock_numbers& numbers,
                        bool bit_locks_order, bool blocks) {
  // ctrl-C goes to all processes of the terminal; this one is ended by its parent.
  std::signal(SIGINT, SIG_IGN);
  [[maybe_unused]] const int lower = nice(5);
  std::this_thread::sleep_for(before_first);
  const crash_guard guard;
  // Locks that the rehearsal did not meet get numbers of their own: those of the search must not
  // depend on when this looks.
  const auto own_numbers = std::make_shared<lock_numbers>(arena_words);
  own_numbers->restore(numbers.words());
  execution engine(subject, data_race_policy::off, search.max_steps(), bit_locks_order,
                   own_numbers);
  if (!search.merged_threads().empty()) engine.merge_threads();
  engine.let_adds_commute(search.adds_commute());
  survey_walk walk(graph_, graph_.guide(), blocks);
  for (;;) {
    const auto start = time_used();
    engine.explore(walk, [&](outcome) { return time_used() - start > look; });
    evaluate(walk);
    std::this_thread::sleep_for((time_used() - start) * (1 / share_of_processor - 1));
  }
}

/// Whether known states are found: while the index grows, they are not.
bool graph_survey::index_is_whole() {
  const auto nodes = graph_.size().nodes;
  for (int i = 0; i < 256; ++i) {
    const auto& node = graph_.at(random_.below(nodes));
    if (node.published && node.owner == 0 && node.done != 0 &&
        graph_.find(node.key) == state_graph::nowhere && node.incoming != 0) {
      return false;
    }
  }
  return true;
}

void graph_survey::evaluate(const survey_walk& walk) {
  size_estimate made;
  made.known = graph_.states();
  // By step: a state seldom has executions of different lengths that lead to it.
  std::vector<std::unordered_map<state_key, unsigned, key_hash>> passed;
  for (const auto& execution : walk.walks()) {
    if (passed.size() < execution.size()) passed.resize(execution.size());
    for (std::size_t i = 0; i < execution.size(); ++i) ++passed[i][execution[i]];
  }
  if (!index_is_whole()) return;
  double all = 0, known = 0, unknown_kinds = 0;
  for (const auto& layer : passed) {
    std::array<double, 11> seldom{};
    for (const auto& [key, times] : layer) {
      all += times;
      if (graph_.find(key) != state_graph::nowhere) {
        known += times;
      } else if (times < seldom.size()) {
        ++seldom[times];
      } else {
        ++unknown_kinds;
      }
    }
    unknown_kinds += kinds_met(seldom);
  }
  if (!index_is_whole() || known == 0) return;
  const auto now = static_cast<double>(made.known);
  const double left = std::max(unknown_kinds, now * (all / known - 1));
  made.low = static_cast<std::uint64_t>(now + least_factor * left);
  if (known >= least_known * all) {
    made.states = static_cast<std::uint64_t>(now + likely_factor * left);
    made.high = static_cast<std::uint64_t>(now + most_factor * left);
  }
  publish(made);
}

void graph_survey::publish(const size_estimate& made) {
  auto& shared = shared_[0];
  shared.version.fetch_add(1);
  shared.known = made.known;
  shared.states = made.states;
  shared.low = made.low;
  shared.high = made.high;
  shared.version.fetch_add(1);
}

size_estimate graph_survey::last() const {
  const auto& shared = shared_[0];
  // Who died while it wrote, or was put off, leaves none.
  for (int tries = 0; tries < 1000; ++tries) {
    const auto version = shared.version.load();
    size_estimate made;
    made.known = shared.known;
    made.states = shared.states;
    made.low = shared.low;
    made.high = shared.high;
    if (version % 2 == 0 && shared.version == version) return made;
    std::this_thread::yield();
  }
  return {};
}

}  // namespace checker::explore
