// SPDX-License-Identifier: GPL-2.0-only
#include "checker/run/suite.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include "checker/clock.hpp"
#include "checker/run/worker.hpp"
#include "checker/trace/symbolize.hpp"

namespace checker {
namespace {

constexpr int tick_ms = 200;
// How long a worker may take to finish once told, before it is killed: it records and shortens
// counterexamples then, which takes far less.
constexpr double patience_seconds = 10;
// How often a case is begun anew whose worker somebody killed.
constexpr unsigned most_restarts = 1;

class suite {
 public:
  suite(const std::vector<suite_case>& cases, const suite_options& options)
      : cases_(cases), options_(options), results_(cases.size()) {}

  std::vector<result> run() {
    while (reported_ < cases_.size()) {
      if (stopping()) tell_to_stop();
      start_workers();
      wait();
      collect();
      report();
      end_the_stuck();
      show_status();
    }
    std::vector<result> all;
    for (auto& each : results_) all.push_back(std::move(*each));
    return all;
  }

 private:
  struct running_worker {
    std::size_t index;
    std::unique_ptr<worker> process;
    clock::time_point started;  // the first time
    unsigned restarts = 0;
    std::optional<clock::time_point> told;  // to stop
  };
  struct restart {
    std::size_t index;
    clock::time_point started;
    unsigned restarts;
  };

  bool stopping() const {
    return unexpected_seen_ || (options_.stop != nullptr && options_.stop->load());
  }

  // Why a case that never ran has no verdict.
  std::string why_not_run() const {
    return unexpected_seen_ ? "not run after the first unexpected verdict" : "interrupted";
  }

  void tell_to_stop() {
    for (auto& each : running_) {
      if (each.told) continue;
      each.process->stop();
      each.told = clock::now();
    }
    for (; next_ < cases_.size(); ++next_) {
      results_[next_] = empty_result(cases_[next_]);
      results_[next_]->outcome = verdict::bounded;
      results_[next_]->bound = why_not_run();
    }
  }

  explore::options options_for(const suite_case& subject) const {
    explore::options how = options_.how;
    how.data_races = options_.data_races.value_or(subject.subject->data_races);
    return how;
  }

  // From the last checkpoint, if there is one, and with what is left of the budget.
  void start_again() {
    for (const auto& [index, started, restarts] : std::exchange(to_restart_, {})) {
      const suite_case& subject = cases_[index];
      auto how = options_for(subject);
      how.jobs = jobs_for_each();
      how.checkpoint = options_.kept.plan_for(subject, how);
      how.checkpoint.resume = true;
      if (how.max_seconds > 0) {
        how.max_seconds = std::max(1e-3, how.max_seconds - seconds_since(started));
      }
      try {
        running_.push_back({index, std::make_unique<worker>(subject, how), started, restarts, {}});
      } catch (const std::exception& error) {
        results_[index] = empty_result(subject);
        results_[index]->error = error.what();
      }
    }
  }

  // Fewer cases than processes: several explore one case.
  unsigned jobs_for_each() const {
    return std::max(1U, options_.jobs / static_cast<unsigned>(cases_.size()));
  }

  void start_workers() {
    start_again();
    while (next_ < cases_.size() && running_.size() < std::max(1U, options_.jobs)) {
      const suite_case& subject = cases_[next_];
      auto how = options_for(subject);
      how.jobs = jobs_for_each();
      results_[next_] = options_.kept.ended(subject, how);
      if (results_[next_]) {
        ++next_;
        continue;
      }
      how.checkpoint = options_.kept.plan_for(subject, how);
      try {
        running_.push_back({next_, std::make_unique<worker>(subject, how), clock::now(), 0, {}});
      } catch (const std::exception& error) {
        if (!running_.empty()) return;  // there may be room again when one has ended
        results_[next_] = empty_result(subject);
        results_[next_]->error = error.what();
      }
      ++next_;
    }
  }

  void wait() {
    if (running_.empty()) return;
    std::vector<pollfd> polled;
    for (const auto& each : running_) polled.push_back({each.process->descriptor(), POLLIN, 0});
    // A signal, a worker or the next tick ends the wait; all three are looked at afterwards.
    poll(polled.data(), polled.size(), tick_ms);
  }

  void collect() {
    std::erase_if(running_, [&](running_worker& each) {
      if (!each.process->receive()) return false;
      if (each.process->was_killed() && each.restarts < most_restarts && !each.told) {
        to_restart_.push_back({each.index, each.started, each.restarts + 1});
        return true;
      }
      results_[each.index] = each.process->outcome();
      results_[each.index]->workers_lost += each.restarts;
      const result& outcome = *results_[each.index];
      keep(each.index, outcome);
      // A verdict that is merely missing is not an unexpected one.
      if (options_.stop_at_first_unexpected && outcome.outcome != verdict::bounded &&
          !outcome.as_expected()) {
        unexpected_seen_ = true;
      }
      return true;
    });
  }

  void keep(std::size_t index, const result& outcome) {
    try {
      options_.kept.keep(cases_[index], options_for(cases_[index]), outcome);
    } catch (const std::exception& error) {
      if (options_.on_warning) options_.on_warning(error.what());
    }
  }

  void report() {
    for (; reported_ < cases_.size() && results_[reported_]; ++reported_) {
      if (options_.on_result) options_.on_result(*results_[reported_]);
    }
  }

  // The search itself keeps the budget; this is for the case that it can't.
  void end_the_stuck() {
    const double budget = options_.how.max_seconds;
    for (auto& each : running_) {
      if (each.told && seconds_since(*each.told) > patience_seconds) {
        each.process->kill("the worker process did not stop when told to, and was killed");
      } else if (budget > 0 && seconds_since(each.started) > 2 * budget + patience_seconds) {
        each.process->kill(
            fmt::format("the worker process overran its budget of {} s, and was killed", budget));
      }
    }
  }

  void show_status() {
    if (!options_.on_status || seconds_since(status_shown_) * 1000 < tick_ms) return;
    status_shown_ = clock::now();
    suite_status status{next_ - running_.size(), cases_.size(), {}};
    for (const auto& each : running_) {
      status.running.push_back({&cases_[each.index], each.process->progress()});
    }
    options_.on_status(status);
  }

  const std::vector<suite_case>& cases_;
  const suite_options& options_;
  std::vector<std::optional<result>> results_;
  std::vector<running_worker> running_;
  std::vector<restart> to_restart_;
  std::size_t next_ = 0;      // the next case to start
  std::size_t reported_ = 0;  // cases before this one went to on_result
  bool unexpected_seen_ = false;
  clock::time_point status_shown_;
};

}  // namespace

std::vector<result> run_suite(const std::vector<suite_case>& cases, const suite_options& options) {
  // Workers inherit what is read here; each that finds a violation would read it again otherwise.
  const auto violations =
      std::ranges::count(cases, expectation::verdict_type::violation,
                         [](const suite_case& each) { return each.expected.verdict; });
  if (violations > 1 || (options.source_is_asked_for && !cases.empty())) {
    trace::read_debug_information();
  }
  return suite(cases, options).run();
}

}  // namespace checker
