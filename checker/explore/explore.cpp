// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/explore.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "checker/clock.hpp"
#include "checker/coverage/marks.hpp"
#include "checker/detect/crash.hpp"
#include "checker/explore/announcements.hpp"
#include "checker/explore/brute_force.hpp"
#include "checker/explore/counterexample.hpp"
#include "checker/explore/determinism.hpp"
#include "checker/explore/dpor.hpp"
#include "checker/explore/graph_exploration.hpp"
#include "checker/explore/guided.hpp"
#include "checker/explore/livelock.hpp"
#include "checker/explore/pct.hpp"
#include "checker/explore/premises.hpp"
#include "checker/explore/random_walk.hpp"
#include "checker/explore/violation_log.hpp"
#include "checker/intercept/arena.hpp"
#include "checker/intercept/execution.hpp"

namespace checker::explore {
namespace {

bool caches_states(const options& how) {
  return how.state_cache && how.memory_model == memory_model::sc;
}

/// There is no graph of states whose keys don't cover what loads may still see.
search kind_of_search(const options& how) {
  const bool graph = how.search == search::graph || how.search == search::preemptions;
  const bool possible = !graph || how.memory_model == memory_model::sc;
  return possible ? how.search : search::dpor;
}

std::string describe(const options& how) {
  switch (kind_of_search(how)) {
    case search::graph:
      return "state graph";
    case search::dpor:
      return caches_states(how) ? "dpor, state cache" : "dpor";
    case search::brute_force:
      return "brute force";
    case search::random:
      return fmt::format("random, seed {}", how.seed);
    case search::pct:
      return fmt::format("pct, depth {}, seed {}", how.bug_depth, how.seed);
    case search::preemptions:
      return fmt::format("state graph, at most {} preemptions", how.max_preemptions);
  }
  return {};
}

/// One exploration: the strategy, what it found, and why it stopped.
class exploration {
 public:
  exploration(program& subject, const options& how, const premises& given)
      : how_(how),
        premises_(given),
        subject_(subject),
        engine_(subject, how.data_races, how.max_steps, given.bit_locks_order, given.numbers,
                how.memory_model) {
    engine_.let_adds_commute(how.reduce.counters);
    if (reducing().threads && given.threads_may_be_merged && kind_of_search(how) == search::graph) {
      engine_.merge_threads();
    }
  }

  /// What the search relied on is not so: better premises to start over with.
  std::optional<premises> must_restart() const {
    return better_premises(premises_, must_restart_ || engine_.released_for_others(), graph_.get());
  }
  /// Several processes met a violation, which one alone is to find again.
  bool must_repeat_alone() const { return must_repeat_alone_; }

  result run() {
    marks::clear();
    const bool deterministic = search();
    result out;
    out.reached = what_was_reached();
    fill_counters(out);
    out.seconds = seconds_since(start_);
    if (must_restart() || must_repeat_alone()) return out;
    if (pct_ != nullptr && bound_ == "pct") {
      bound_ = fmt::format("{} PCT executions, seed {}: {}", out.executions, how_.seed,
                           pct_->guarantee());
    }
    if (bound_.empty() && engine_.memory_bound() != nullptr) bound_ = engine_.memory_bound();
    out.error = failure_;
    if (!deterministic) {
      out.error =
          "the program is not deterministic: the same schedule led to another step or state " +
          place_of_divergence();
    }
    if (out.error.empty() && how_.check_determinism) {
      out.error = nondeterminism(subject_, how_.max_steps, sample_.schedules(), how_.stop);
    }
    out.violations = found_.take_counterexamples();
    if (graph_complete_ && out.error.empty()) add_livelock(out);
    found_.add_inversion(out.violations);
    for (const auto& [one, other] : engine_.races().races()) {
      out.reports.push_back(race_report(one, other, engine_));
    }
    if (engine_.races().left_out() != 0) {
      out.reports.push_back(fmt::format("Further data races were met {} times; only {} are kept.\n",
                                        engine_.races().left_out(), data_race_log::capacity));
    }
    conclude(out);
    out.seconds = seconds_since(start_);
    return out;
  }

 private:
  bool relied_wrongly() const { return graph_ != nullptr && graph_->graph().sets().broken(); }

  /// Before anything is replayed, which would add to it.
  coverage what_was_reached() const {
    coverage reached = engine_.reached();
    reached.choices_meant = subject_.choices();
    if (graph_ != nullptr) merge(reached, graph_->reached_by_others());
    // Nothing is claimed then.
    if (graph_ != nullptr && graph_->lost_some_coverage()) reached.measured = false;
    return reached;
  }

  /// Where the last execution stood when it was seen not to repeat; found by one more like it.
  std::string place_of_divergence() {
    const auto schedule = engine_.decisions();
    engine_.record(true);
    exact_replay guide(schedule);
    engine_.explore(guide, [](outcome) { return true; });
    const auto steps = to_steps(engine_.recording_of_last().steps());
    engine_.record(false);
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
      if (step->stack.empty()) continue;
      const auto& frame = step->stack.back();
      return fmt::format("after step {}, {} in {} {}:{}", step->index,
                         engine_.threads()[static_cast<std::size_t>(step->thread)].name,
                         frame.function, frame.file, frame.line);
    }
    return "before its first step";
  }

  std::unique_ptr<strategy> make_search() {
    switch (how_.search) {
      case search::brute_force:
        return std::make_unique<brute_force>();
      case search::random:
        bound_ = fmt::format("{} random executions, seed {}", how_.random_executions, how_.seed);
        return std::make_unique<random_walk>(how_.seed, how_.random_executions);
      case search::pct: {
        bound_ = "pct";  // says more in the end
        auto prioritized = std::make_unique<pct>(how_.seed, how_.random_executions, how_.bug_depth);
        pct_ = prioritized.get();
        return prioritized;
      }
      case search::graph:
      case search::preemptions:
      case search::dpor:
        break;
    }
    auto reduced = std::make_unique<dpor>(caches_states(how_) ? how_.max_state_bytes : 0);
    reduced_ = reduced.get();
    return reduced;
  }

  /// False if the program turned out not to be deterministic.
  bool search() {
    const auto kind = kind_of_search(how_);
    if (kind == search::graph || kind == search::preemptions) return search_graph();
    return search_with(make_search());
  }

  bool search_with(std::unique_ptr<strategy> how) {
    engine_.explore(*how, [this](outcome end) { return after_execution(end); });
    strategy_ = std::move(how);
    return !strategy_->diverged();
  }

  /// Preemptions are counted between single steps of single threads.
  explore::reductions reducing() const {
    auto reduce = how_.reduce;
    if (how_.search == search::preemptions) reduce.blocks = reduce.threads = false;
    return reduce;
  }

  std::optional<unsigned> preemptions_allowed() const {
    if (how_.search != search::preemptions) return std::nullopt;
    return how_.max_preemptions;
  }

  std::string preemption_bound() const {
    return fmt::format(
        "--preemptions {}, counted in the orders that the search visits: an execution with so few "
        "may be equivalent only to ones that were left out",
        how_.max_preemptions);
  }

  bool search_graph() try {
    graph_ = std::make_unique<graph_exploration>(
        subject_, engine_, premises_.numbers,
        graph_exploration::asked{how_.max_state_bytes, how_.jobs, how_.steps_alone,
                                 premises_.bit_locks_order, reducing().blocks, premises_.learned,
                                 how_.checkpoint, how_.estimate, preemptions_allowed(),
                                 [this](outcome end) { return after_execution(end); },
                                 [this] { return !out_of_budget() && !report_progress_now(); }});
    marks::clear();  // of the rehearsal
    const auto ending = graph_->run();
    if (graph_->cut()) note_cut();
    if (graph_->left_out() && bound_.empty()) bound_ = preemption_bound();
    switch (ending) {
      case graph_exploration::ending::complete:
        graph_complete_ = !graph_->left_out();
        break;
      case graph_exploration::ending::stopped:
        break;
      case graph_exploration::ending::to_be_repeated:
        must_repeat_alone_ = true;
        break;
      case graph_exploration::ending::restart:
        must_restart_ = !relied_wrongly() && !graph_->cycles_of_merged();
        break;
      case graph_exploration::ending::failed:
        failure_ = graph_->failure();
        break;
      case graph_exploration::ending::diverged:
        return false;
      case graph_exploration::ending::full:
        if (preemptions_allowed()) {
          // What DPOR would visit next knows no such bound.
          bound_ = fmt::format("--preemptions {}, and no memory for further states",
                               how_.max_preemptions);
          break;
        }
        graph_->graph().closed();
        left_memory_ = true;
        before_rest_ = engine_.counters();
        reduced_ = new dpor(graph_->graph());
        return search_with_rest(std::unique_ptr<strategy>(reduced_));
    }
    return true;
  } catch (const std::exception& error) {
    failure_ = error.what();
    return true;
  }

  /// What the graph had no room for.
  bool search_with_rest(std::unique_ptr<strategy> how) {
    const bool deterministic = search_with(std::move(how));
    if (bound_.empty() && graph_->states_may_recur()) {
      bound_ = "no memory for further states, and a loop that may lead back to one";
    }
    return deterministic;
  }

  /// True if the search is to stop.
  bool after_execution(outcome how) {
    if (relied_wrongly() || must_restart()) return true;
    if (engine_.violation()) found_.note();
    sample_.offer(engine_);
    if (how == outcome::cut) note_cut();
    if (how_.on_execution_end && (how == outcome::complete || how == outcome::stuck)) {
      how_.on_execution_end(how == outcome::stuck);
    }
    return out_of_budget() || report_progress();
  }

  void note_cut() {
    bound_ = fmt::format("--max-steps {}: an execution was longer", how_.max_steps);
  }

  std::uint64_t executions_now() const {
    return std::max(engine_.counters().executions, graph_ == nullptr ? 0 : graph_->executions());
  }

  bool out_of_budget() {
    const auto executions = executions_now();
    if (found_.satisfied(executions)) return true;
    if (how_.max_executions != 0 && executions >= how_.max_executions) {
      // Whether this was the last one anyway is not known: say no more than that.
      bound_ = fmt::format("--max-executions {}", how_.max_executions);
      return true;
    }
    if (how_.stop != nullptr && how_.stop->load(std::memory_order_relaxed)) {
      bound_ = "interrupted";
      return true;
    }
    return false;
  }

  /// Looks at the clock now and then. True if the time is up.
  bool report_progress() {
    const auto steps = std::max(engine_.counters().steps, graph_ == nullptr ? 0 : graph_->steps());
    if (steps < next_look_) return false;
    return report_progress_now();
  }

  bool report_progress_now() {
    const auto steps = std::max(engine_.counters().steps, graph_ == nullptr ? 0 : graph_->steps());
    next_look_ = steps + 20'000;
    note_estimate();
    const double seconds = seconds_since(start_);
    if (how_.max_seconds > 0 && seconds >= how_.max_seconds) {
      bound_ = fmt::format("--budget {:g}s", how_.max_seconds);
      return true;
    }
    if (how_.on_progress && seconds - last_progress_ >= 0.2) {
      last_progress_ = seconds;
      how_.on_progress(progress_now(steps, seconds));
    }
    return false;
  }

  void note_estimate() {
    if (graph_ == nullptr || left_memory_) return;
    const auto made = graph_->estimate();
    if (!made.made() || made.known == last_estimate_.known) return;
    last_estimate_ = made;
    last_estimate_.seconds = seconds_since(start_);
    if (!first_estimate_.made()) first_estimate_ = last_estimate_;
  }

  progress progress_now(std::uint64_t steps, double seconds) const {
    progress now;
    now.executions = engine_.counters().executions;
    now.steps = steps;
    now.seconds = seconds;
    if (graph_ != nullptr) {
      now.states = graph_->graph().states();
      now.cached = graph_->graph().edges() - 1 - now.states;
      now.bytes = graph_->graph().bytes();
      if (!left_memory_) now.estimate = last_estimate_;
    } else if (reduced_ != nullptr) {
      now.blocked = reduced_->sleep_blocked();
      now.cached = reduced_->cache_hits();
      now.states = reduced_->cache().size();
    }
    return now;
  }

  void fill_counters(result& out) const {
    out.memory_model = how_.memory_model;
    out.state_cache = graph_ != nullptr || (reduced_ != nullptr && caches_states(how_));
    const auto& counted = engine_.counters();
    out.executions = counted.executions;
    out.steps = counted.steps;
    out.depth = counted.depth;
    if (graph_ != nullptr) {
      count_graph(out);
      if (left_memory_) count_rest(out);
      return;
    }
    if (reduced_ == nullptr) return;
    out.blocked = reduced_->sleep_blocked();
    out.cached = reduced_->cache_hits();
    out.states = reduced_->cache().size();
    out.state_bytes = reduced_->cache().bytes();
  }

  void count_graph(result& out) const {
    const auto counted = graph_->graph().count();
    out.states = counted.states;
    out.state_bytes = graph_->graph().bytes();
    // Steps to states that were known already: all but the first to each, and those to an end.
    out.cached = counted.steps - counted.states - counted.ends;
    out.executions = counted.ends;
    out.memory_full = left_memory_;
    out.workers_lost = graph_->workers_lost();
    out.workers = graph_->workers();
    out.first_estimate = first_estimate_;
    out.last_estimate = last_estimate_;
    out.steps = graph_->steps();
    out.depth = graph_->depth();
  }

  /// What was searched when the graph was full, beside what is in it.
  void count_rest(result& out) const {
    const auto& counted = engine_.counters();
    out.executions += counted.executions - before_rest_.executions;
    out.steps += counted.steps - before_rest_.steps;
    out.depth = std::max(out.depth, counted.depth);
    out.blocked = reduced_->sleep_blocked();
    out.cached += reduced_->cache_hits();
  }

  /// Executions that need not end although every thread gets its turn.
  void add_livelock(result& out) {
    if (!graph_->graph().has_cycles()) return;
    auto findings = find_livelock(graph_->graph(), engine_, describe(how_));
    out.error = findings.failure;
    if (bound_.empty()) bound_ = findings.undecided;
    if (!findings.found) return;
    violation_group group;
    group.kind = findings.found->result.kind;
    group.executions = 1;
    group.counterexample = std::move(*findings.found);
    out.violations.push_back(std::move(group));
  }

  void conclude(result& out) const {
    const bool repeats = std::ranges::any_of(out.violations, &violation_group::repeats);
    if (!out.error.empty() && !repeats) {
      out.outcome = verdict::error;
    } else if (!out.violations.empty()) {
      out.outcome = verdict::violation;
    } else if (!bound_.empty()) {
      out.outcome = verdict::bounded;
      out.bound = bound_;
      if (graph_ != nullptr && !graph_->checkpoint_failure().empty()) {
        out.bound += "; no checkpoint: " + graph_->checkpoint_failure();
      }
    } else {
      out.outcome = verdict::verified;
    }
    for (const auto& known : lock_registry::instance().classes()) {
      out.lock_classes.push_back(known.name);
    }
  }

  schedule_sample sample_;
  const options& how_;
  premises premises_;
  program& subject_;
  execution engine_;
  violation_log found_{engine_, how_, describe(how_)};
  std::unique_ptr<graph_exploration> graph_;
  std::unique_ptr<strategy> strategy_;
  bool must_restart_ = false, must_repeat_alone_ = false;
  bool graph_complete_ = false;
  execution_counters before_rest_;  ///< when the graph was full
  bool left_memory_ = false;        ///< the graph was full: what was left was searched without it
  std::string failure_;
  dpor* reduced_ = nullptr;
  pct* pct_ = nullptr;
  clock::time_point start_ = clock::now();
  std::uint64_t next_look_ = 0;
  double last_progress_ = 0;
  size_estimate first_estimate_, last_estimate_;
  std::string bound_;
};

}  // namespace

result run(program& subject, const options& how) {
  const crash_guard guard;
  auto left = how;  // of the budgets, should the search start over
  auto given = first_premises(how.checkpoint);
  double spent = 0;
  for (;;) {
    arena_reset();
    subject.setup();
    if (std::exchange(left.check_announcements, false)) {
      result out;
      out.error = unannounced_access(subject);
      if (!out.error.empty()) return out;
    }
    if (how.check_determinism && spent == 0) {
      result out;
      out.error = nondeterminism(subject, how.max_steps);
      if (!out.error.empty()) return out;
    }
    exploration attempt(subject, left, given);
    auto out = attempt.run();
    if (auto better = attempt.must_restart()) {
      given = std::move(*better);
      left.checkpoint.resume = false;
    } else if (attempt.must_repeat_alone()) {
      left.jobs = 1;
      left.checkpoint = {};
      given = anew(given);
    } else {
      out.seconds += spent;
      return out;
    }
    spent += out.seconds;
    if (left.max_seconds > 0) left.max_seconds = std::max(1e-3, left.max_seconds - out.seconds);
    if (left.max_executions > out.executions) left.max_executions -= out.executions;
  }
}

}  // namespace checker::explore
