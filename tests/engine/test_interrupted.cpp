// SPDX-License-Identifier: GPL-2.0-only
// A process that works on a state graph may be killed at any instruction. Here one is, at every one
// that changes what others see: it is run step by step under ptrace, and killed. Whoever goes on,
// in the same memory or from a checkpoint of it, must come to the same graph.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "checker/explore/graph_search.hpp"
#include "checker/explore/state_graph.hpp"
#include "checker/intercept/hash.hpp"

namespace checker::explore {
namespace {

constexpr std::size_t graph_bytes = 1 << 20;

/// A program without code: where its threads stand is its state, and steps touch words. The last
/// thread chooses after its first step, waits before its second one until the first thread has
/// gone, and what it chose decides what it touches then.
class imagined_program {
 public:
  static constexpr int threads = 3;
  static constexpr std::array<int, threads> steps{1, 2, 2};

  /// Runs one execution after another. `before_pick` is called with the number of the coming pick.
  void explore(strategy& search, const std::function<void(int)>& before_pick = {}) {
    for (bool over = false; !over;) {
      *this = {picks_};
      search.begin_execution();
      auto how = outcome::complete;
      while (enabled() != 0) {
        if (before_pick) before_pick(picks_);
        ++picks_;
        const int thread = search.pick(now());
        if (thread < 0) {
          how = outcome::given_up;
          break;
        }
        step(thread, search);
      }
      over = search.end_execution(how, {});
    }
  }

  /// Of each state that it could have, and some more.
  static std::vector<state_key> keys() {
    std::vector<state_key> all;
    imagined_program any;
    for (int code = 0; code < 3 * 3 * 3 * 2; ++code) {
      int rest = code;
      for (auto& at : any.at_) {
        at = rest % 3;
        rest /= 3;
      }
      any.chosen_ = static_cast<unsigned>(rest);
      all.push_back(any.key());
    }
    return all;
  }

 private:
  imagined_program(int picks) : picks_(picks) {}

 public:
  imagined_program() = default;

 private:
  state_key key() const {
    auto key = word_hash(1, chosen_);
    for (int i = 0; i < threads; ++i) {
      key ^= word_hash(2 + static_cast<std::uint64_t>(i),
                       static_cast<std::uint64_t>(at_[static_cast<std::size_t>(i)]));
    }
    return key;
  }

  thread_set enabled() const {
    thread_set open = 0;
    for (int i = 0; i < threads; ++i) {
      const int at = at_[static_cast<std::size_t>(i)];
      if (at < steps[static_cast<std::size_t>(i)] && !(i == 2 && at == 1 && at_[0] == 0))
        open |= thread_set{1} << i;
    }
    return open;
  }

  moment now() const {
    moment result;
    result.enabled = enabled();
    result.key = result.merged_key = key();
    for (int i = 0; i < threads; ++i) {
      if (at_[static_cast<std::size_t>(i)] < steps[static_cast<std::size_t>(i)])
        result.live |= thread_set{1} << i;
    }
    result.waits_for[2] = 1;
    return result;
  }

  void step(int thread, strategy& search) {
    const auto at = static_cast<std::uint32_t>(at_[static_cast<std::size_t>(thread)]++);
    const auto word = thread == 2 && at == 1 ? chosen_ : at;
    const std::array touched{footprint_item(word, access_mode::write),
                             footprint_item(5, access_mode::read)};
    search.executed(thread, touched, {});
    if (thread == 2 && at == 0) chosen_ = search.choose(thread, 2);
  }

  int picks_ = 0;
  std::array<int, threads> at_{};
  unsigned chosen_ = 0;
};

std::string counts(const state_graph& graph) {
  const auto found = graph.count();
  return fmt::format("{} states, {} steps, {} ends", found.states, found.steps, found.ends);
}

/// Does what is ready, as a worker that goes on beside one that is dead.
void go_on(state_graph& graph) {
  graph_search search(graph, 1);
  while (search.find_work()) imagined_program().explore(search);
}

/// A step that no dead worker had begun leads to a state that is not part of the graph.
bool leads_out(const state_graph& graph) {
  for (state_graph::edge_number number = 1; number < graph.edges(); ++number) {
    const auto& by = graph.step_at(number);
    const bool again = (graph.at(by.source).again >> graph.label_of(by).thread & 1) != 0;
    if (by.goes_on() && !again && !graph.at(by.target).published) return true;
  }
  return false;
}

/// Goes on with the graph until all is explored. What came out.
std::string finish(state_graph& graph) {
  while (!graph.closed() || !graph.close_cycles()) go_on(graph);
  if (leads_out(graph)) return "a step leads out of the graph";
  return graph.has_cycles() ? "cycles" : counts(graph);
}

/// The same from a checkpoint of the graph.
std::string finish_copy(const state_graph& graph) {
  state_graph copy(graph_bytes, true);
  if (!copy.resize(graph.size())) return "does not fit";
  const auto from = graph.sections();
  const auto to = copy.sections();
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::memcpy(to[i].data(), from[i].data(), from[i].size());
  }
  copy.loaded();
  return finish(copy);
}

/// All that another process could see of the graph.
std::string seen_by_others(const state_graph& graph, const std::vector<state_key>& keys) {
  std::string all;
  const auto add = [&](const auto& value) {
    all.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  for (const auto section : graph.sections()) all.append(section.data(), section.size());
  for (const auto& key : keys) add(graph.find(key));
  add(graph.states());
  add(graph.has_ready());
  return all;
}

/// Explores, and stops before pick `stop_at`.
void explore(state_graph& graph, int stop_at) {
  graph_search search(graph, 0);
  while (search.find_work()) {
    imagined_program().explore(search, [&](int pick) {
      search.share();
      if (pick == stop_at) raise(SIGSTOP);
    });
  }
}

/// A process that works on the graph, traced.
class worker {
 public:
  explicit worker(const std::function<void()>& work) : process_(fork()) {
    if (process_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(2);
    work();
    _exit(0);
  }
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  ~worker() {
    kill(process_, SIGKILL);
    if (!ended_) waitpid(process_, nullptr, 0);
  }

  /// True if it stands still; false if it has ended, with `status`.
  bool wait() {
    waitpid(process_, &status_, 0);
    ended_ = !WIFSTOPPED(status_);
    return !ended_;
  }
  bool one_instruction() {
    return ptrace(PTRACE_SINGLESTEP, process_, nullptr, nullptr) == 0 && wait();
  }
  bool may_not_be_traced() const { return WIFEXITED(status_) && WEXITSTATUS(status_) == 2; }
  pid_t process() const { return process_; }

 private:
  pid_t process_;
  int status_ = 0;
  bool ended_ = false;
};

/// What a worker does from where it stops itself on, instruction by instruction: after each change
/// that others can see, and that many at most, `after_change` says whether to go on. Then the
/// worker is dead.
struct watched_worker {
  bool reached_stop = false, may_not_be_traced = false;
  int changes = 0;

  watched_worker(state_graph& graph, const std::function<void()>& does,
                 const std::vector<state_key>& keys,
                 const std::function<bool(int change)>& after_change) {
    constexpr int most_instructions = 20'000, most_changes = 32;
    worker work(does);
    reached_stop = work.wait();
    may_not_be_traced = work.may_not_be_traced();
    auto seen = seen_by_others(graph, keys);
    for (int i = 0; reached_stop && i < most_instructions && work.one_instruction(); ++i) {
      auto now = seen_by_others(graph, keys);
      if (now == seen) continue;
      seen = std::move(now);
      if (!after_change(changes) || ++changes == most_changes) break;
    }
    kill(work.process(), SIGKILL);
    graph.release_locks_of(work.process());
  }
};

class interrupted : public testing::Test {
 protected:
  void SetUp() override {
    state_graph undisturbed(graph_bytes, true);
    expected_ = finish(undisturbed);
  }

  std::vector<state_key> keys_ = imagined_program::keys();
  std::string expected_;
};

TEST_F(interrupted, at_any_change_and_taken_up_from_a_checkpoint) {
  int changes = 0;
  for (int pick = 0;; ++pick) {
    state_graph graph(graph_bytes, true);
    const watched_worker watched(
        graph, [&] { explore(graph, pick); }, keys_,
        [&](int change) {
          EXPECT_EQ(finish_copy(graph), expected_)
              << "after change " << change << " from pick " << pick << " on";
          return !HasFailure();
        });
    if (watched.may_not_be_traced) GTEST_SKIP() << "no process may be traced here";
    if (!watched.reached_stop || HasFailure()) break;
    changes += watched.changes;
  }
  EXPECT_GT(changes, 300);
}

// At each kind of change now and then: each time the worker is run anew and killed there.
TEST_F(interrupted, at_any_change_while_others_go_on) {
  int kills = 0;
  for (int pick = 0;; ++pick) {
    state_graph graph(graph_bytes, true);
    const int kill_after = pick * 5 % 31;
    const watched_worker killed(
        graph, [&] { explore(graph, pick); }, keys_,
        [&](int change) { return change != kill_after; });
    if (killed.may_not_be_traced) GTEST_SKIP() << "no process may be traced here";
    if (!killed.reached_stop) break;
    ++kills;
    const auto where = fmt::format("after change {} from pick {} on", kill_after, pick);
    go_on(graph);
    ASSERT_EQ(finish_copy(graph), expected_) << where;
    ASSERT_EQ(finish(graph), expected_) << where;
  }
  EXPECT_GT(kills, 30);
}

// Where a state is in the index and its worker has not come to say so. Who meets it says it then,
// or it would be left out of a checkpoint that has steps to it.
TEST_F(interrupted, before_a_state_is_said_to_be_there) {
  int kills = 0;
  for (int pick = 0;; ++pick) {
    state_graph graph(graph_bytes, true);
    moment there;
    const watched_worker killed(
        graph, [&] { explore(graph, pick); }, keys_,
        [&](int) {
          const auto unpublished = std::ranges::find_if(keys_, [&](const state_key& key) {
            const auto node = graph.find(key);
            return node != state_graph::nowhere && !graph.at(node).published;
          });
          if (unpublished == keys_.end()) return true;
          there.enabled = 1;
          there.key = there.merged_key = *unpublished;
          return false;
        });
    if (killed.may_not_be_traced) GTEST_SKIP() << "no process may be traced here";
    if (!killed.reached_stop) break;
    if (there.enabled == 0) continue;
    ++kills;
    const auto met = graph.arrive(state_graph::origin, {0, access_sets::empty, {}}, there, 1);
    EXPECT_FALSE(met.fresh);
    EXPECT_TRUE(graph.at(met.node).published) << "pick " << pick;
  }
  EXPECT_GT(kills, 3);
}

// A step whose source was not told what is known below it: to see that is what settling is for.
// Whoever dies of those who do it, the thread that is to be explored is found.
TEST_F(interrupted, while_all_is_settled) {
  constexpr int thread = 0, other = 1;
  for (int kill_after = 0;; ++kill_after) {
    state_graph graph(graph_bytes, true);
    const auto arrive = [&](state_graph::node_number from, const state_graph::step& by, int state,
                            thread_set enabled) {
      moment now;
      now.enabled = now.live = enabled;
      now.key = now.merged_key = keys_[static_cast<std::size_t>(state)];
      return graph.arrive(from, by, now, 0).node;
    };
    const auto writes = [&](int who) {
      const std::array touched{footprint_item(5, access_mode::write)};
      return state_graph::step{who, graph.sets().of_step(who, touched, {}), {}};
    };
    const auto first = arrive(state_graph::origin, {0, access_sets::empty, {}}, 0, 3);
    ASSERT_EQ(graph.at(first).begun, only(thread));
    const auto second = arrive(first, writes(thread), 1, only(other));
    graph.end(second, writes(other), access_sets::empty);
    graph.finish(second, other);
    graph.finish(first, thread);
    graph.finish(state_graph::origin, 0);
    graph.give_back();
    ASSERT_FALSE(graph.has_ready());
    const watched_worker killed(
        graph,
        [&] {
          raise(SIGSTOP);
          graph.begin_settling();
          graph.settled();
        },
        keys_, [&](int change) { return change != kill_after; });
    if (killed.may_not_be_traced) GTEST_SKIP() << "no process may be traced here";
    while (!graph.settled()) {
    }
    EXPECT_FALSE(graph.all_explored()) << "after change " << kill_after;
    EXPECT_EQ(graph.at(first).wanted, only(thread) | only(other));
    if (killed.changes < kill_after) {
      EXPECT_GT(kill_after, 3);
      break;
    }
  }
}

}  // namespace
}  // namespace checker::explore
