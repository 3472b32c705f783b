// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/graph_crew.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#include "checker/clock.hpp"
#include "checker/detect/crash.hpp"

namespace checker::explore {
namespace {

constexpr useconds_t nap_microseconds = 100;
constexpr int tick_milliseconds = 10;
// How long a worker may take to come to the end of an execution when that is all there is left to
// do.
constexpr double patience_seconds = 3;
// A worker that dies is replaced; one of the program's own making would die for ever.
constexpr unsigned most_deaths = 20;

void nap() { usleep(nap_microseconds); }

/// It waits, and is to look around.
void wake_coordinator(crew_reporter& by) {
  if (!by.ring()) _exit(1);  // nobody listens any more
}

}  // namespace

graph_crew::graph_crew(state_graph& graph, execution& engine, unsigned workers, bool blocks,
                       callbacks calls, bool recurs)
    : graph_(graph),
      engine_(engine),
      workers_(std::clamp(workers, 1U, max_workers)),
      blocks_(blocks),
      calls_(std::move(calls)),
      control_(1),
      processes_(workers_, -1),
      pipes_(workers_, -1),
      received_(workers_),
      steps_before_(engine.counters().steps) {
  control_[0].recurs = recurs;
}

graph_crew::~graph_crew() {
  for (const auto process : processes_) {
    if (process <= 0) continue;
    kill(process, SIGKILL);
    waitpid(process, nullptr, 0);
  }
  for (const int pipe : pipes_) {
    if (pipe >= 0) close(pipe);
  }
}

// ---- The coordinator ---------------------------------------------------------------------------

graph_crew::ending graph_crew::run() {
  graph_.share(std::uint64_t{workers_} * engine_.max_steps());
  auto& shared = control_[0];
  for (unsigned i = 0; i < workers_; ++i) start(i);
  ending how = ending::complete;
  bool all = false;
  for (;;) {
    listen();
    bury();
    if (!failure_.empty()) {
      how = ending::failed;
    } else if (good_for_nothing()) {
      break;
    } else if (!calls_.keep_going(steps())) {
      how = ending::stopped;
    } else if (graph_.full()) {
      how = ending::full;
    } else {
      graph_.prepare_to_grow();
      const bool called = calls_.wants_pause();
      if (graph_.wants_to_grow() || called) {
        pause();
        while (graph_.wants_to_grow() && !graph_.full()) graph_.grow();
        if (called && !shared.violation && !shared.restart) calls_.in_pause();
        resume();
      }
      if (anybody_busy() || anybody_on_path() || graph_.has_ready()) continue;
      pause();
      all = all_explored();
      resume();
      if (!all) continue;
    }
    break;
  }
  dismiss();
  if (!all) graph_.count_states();
  // Workers may have met something since it was looked at, the last of them on its way out. The
  // graph counts it as explored: nobody would meet it again.
  if (how == ending::failed) return how;
  if (how == ending::complete && graph_.full()) how = ending::full;
  return good_for_nothing().value_or(how);
}

/// Why what was explored proves nothing, if that is so by now.
std::optional<graph_crew::ending> graph_crew::good_for_nothing() const {
  const auto& shared = control_[0];
  if (shared.restart || graph_.sets().broken()) return ending::restart;
  if (shared.violation || (shared.diverged && !graph_.full())) return ending::violation;
  return std::nullopt;
}

bool graph_crew::all_explored() {
  // Whoever stands still with work under way is to go on with it first.
  if (graph_.has_ready() || anybody_on_path()) return false;
  graph_.give_back();
  if (!settle_together()) {
    while (!graph_.settled()) {
    }
  }
  if (!graph_.all_explored()) return false;
  if (control_[0].recurs && !graph_.close_cycles()) return false;
  graph_.sets().settle_reliance();
  return true;
}

/// Lets the workers look through all steps, each through some. False if something changed, or is
/// not known to have been looked through.
bool graph_crew::settle_together() {
  auto& shared = control_[0];
  const std::uint64_t edges = graph_.edges();
  graph_.begin_settling();
  shared.next_edge = 1;
  shared.settled_edges = 1;
  shared.unsettled = false;
  shared.settling = true;
  bool some_died = false;
  wait_until([&] {
    some_died |= count_out_dead();
    return some_died || shared.settled_edges == edges;
  });
  shared.settling = false;
  wait_for_rest();
  return shared.settled_edges == edges && !shared.unsettled;
}

void graph_crew::start(unsigned worker) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot create a pipe");
  }
  std::fflush(nullptr);  // or the child would print it again
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) {
    const int reason = errno;
    close(ends[0]);
    close(ends[1]);
    throw std::system_error(reason, std::generic_category(), "cannot start a worker process");
  }
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);  // the parent died before it could be watched
    for (const int pipe : pipes_) {
      if (pipe >= 0) close(pipe);
    }
    close(ends[0]);
    work(worker, ends[1]);
  }
  close(ends[1]);
  processes_[worker] = child;
  pipes_[worker] = ends[0];
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

/// Waits until somebody says something or dies, or for a tick, and hears what has been said by
/// then.
void graph_crew::listen() {
  std::vector<pollfd> polled;
  for (const int pipe : pipes_) polled.push_back({pipe, POLLIN, 0});
  poll(polled.data(), polled.size(), tick_milliseconds);
  for (unsigned i = 0; i < workers_; ++i) drain(i);
}

void graph_crew::drain(unsigned worker) {
  auto& received = received_[worker];
  ssize_t count = 0;
  while (pipes_[worker] >= 0 &&
         (count = read(pipes_[worker], buffer_.data(), buffer_.size())) > 0) {
    received.append(buffer_.data(), static_cast<std::size_t>(count));
  }
  for (auto end = received.find('\n'); end != std::string::npos; end = received.find('\n')) {
    if (end != 0) calls_.hears(message_from_line(std::string_view(received).substr(0, end)));
    received.erase(0, end + 1);
  }
}

/// Replaces workers that are gone. What they had begun is found when nothing else is left to do.
void graph_crew::bury() {
  for (unsigned i = 0; i < workers_; ++i) {
    int status = 0;
    if (processes_[i] <= 0 || waitpid(processes_[i], &status, WNOHANG) != processes_[i]) continue;
    drain(i);
    received_[i].clear();  // perhaps half a line
    close(std::exchange(pipes_[i], -1));
    count_out(i);
    processes_[i] = -1;
    auto& gone = control_[0].workers[i];
    gone.steps_of_dead += gone.steps.exchange(0);
    if (++deaths_ > most_deaths) {
      failure_ =
          WIFSIGNALED(status)
              ? fmt::format("worker processes die one after the other, the last one of SIG{}",
                            sigabbrev_np(WTERMSIG(status)))
              : fmt::format("worker processes end one after the other, the last one with {}",
                            WEXITSTATUS(status));
      return;
    }
    start(i);
  }
}

/// Returns when no worker is at work.
void graph_crew::pause() {
  control_[0].paused = true;
  wait_for_rest();
}

void graph_crew::wait_for_rest() {
  wait_until([this] {
    count_out_dead();
    return !anybody_busy();
  });
}

/// Listens meanwhile: workers may have more to say than a pipe holds. Who keeps everybody waiting
/// when the time is up (a loop that touches nothing modelled, a process that was stopped) is
/// killed.
void graph_crew::wait_until(const std::function<bool()>& done) {
  const auto start = clock::now();
  while (!done()) {
    for (unsigned i = 0; i < workers_; ++i) drain(i);
    if (seconds_since(start) > patience_seconds && !calls_.keep_going(steps())) {
      for (unsigned i = 0; i < workers_; ++i) {
        if (control_[0].workers[i].busy && processes_[i] > 0) kill(processes_[i], SIGKILL);
      }
    }
    nap();
  }
}

void graph_crew::count_out(unsigned worker) {
  control_[0].workers[worker].busy = control_[0].workers[worker].on_path = false;
  graph_.release_locks_of(processes_[worker]);
}

/// A dead worker will never stop of its own. True if there is one.
bool graph_crew::count_out_dead() {
  bool found = false;
  for (unsigned i = 0; i < workers_; ++i) {
    siginfo_t info{};
    if (processes_[i] > 0 &&
        waitid(P_PID, static_cast<id_t>(processes_[i]), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid != 0) {
      count_out(i);
      found = true;
    }
  }
  return found;
}

void graph_crew::dismiss() {
  control_[0].finish = true;
  control_[0].paused = false;
  // A worker comes by its end of a path soon; what it has to say fits into the pipe, or is heard.
  const auto start = clock::now();
  for (bool some_left = true; some_left;) {
    listen();
    some_left = false;
    const bool out_of_patience = seconds_since(start) > patience_seconds;
    for (unsigned i = 0; i < workers_; ++i) {
      int status = 0;
      if (processes_[i] <= 0) continue;
      if (waitpid(processes_[i], &status, WNOHANG) != processes_[i]) {
        some_left = true;
        if (out_of_patience) kill(processes_[i], SIGKILL);
        continue;
      }
      if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        count_out(i);
        ++deaths_;
      }
      drain(i);
      close(std::exchange(pipes_[i], -1));
      processes_[i] = -1;
    }
  }
  listen();
}

bool graph_crew::anybody_busy() const {
  return std::any_of(control_[0].workers.begin(), control_[0].workers.begin() + workers_,
                     [](const worker_state& each) { return each.busy.load(); });
}

bool graph_crew::anybody_on_path() const {
  return std::any_of(control_[0].workers.begin(), control_[0].workers.begin() + workers_,
                     [](const worker_state& each) { return each.on_path.load(); });
}

bool graph_crew::anybody_idle() const {
  return std::any_of(control_[0].workers.begin(), control_[0].workers.begin() + workers_,
                     [](const worker_state& each) { return !each.on_path.load(); });
}

std::uint64_t graph_crew::steps() const {
  std::uint64_t sum = steps_before_;
  for (unsigned i = 0; i < workers_; ++i)
    sum += control_[0].workers[i].steps + control_[0].workers[i].steps_of_dead;
  return sum;
}

std::uint64_t graph_crew::executions() const {
  const auto before = engine_.counters().executions;
  std::uint64_t sum = before;
  for (unsigned i = 0; i < workers_; ++i) {
    const std::uint64_t now = control_[0].workers[i].executions;
    if (now > before) sum += now - before;
  }
  return sum;
}

std::uint64_t graph_crew::depth() const {
  std::uint64_t most = engine_.counters().depth;
  for (unsigned i = 0; i < workers_; ++i) {
    most = std::max<std::uint64_t>(most, control_[0].workers[i].depth);
  }
  return most;
}

// ---- A worker ----------------------------------------------------------------------------------

void graph_crew::work(unsigned worker, int pipe) {
  auto& shared = control_[0];
  auto& me = shared.workers[worker];
  const crash_guard guard;
  graph_.joined();
  crew_reporter reporter(engine_, pipe);
  graph_search search(graph_, blocks_, static_cast<int>(worker));
  search.before_done([&](outcome how) {
    if (how == outcome::violated || how == outcome::stuck) shared.violation = true;
    if (how == outcome::cut) shared.cut = true;
    if (calls_.bit_locks_order && engine_.released_for_others()) shared.restart = true;
    if (engine_.states_may_recur()) shared.recurs = true;
    if (!reporter.report()) _exit(1);  // nobody listens any more
  });
  bool told_of_rest = false;
  while (!shared.finish) {
    if (shared.settling) settle(worker);
    me.busy = true;
    if (shared.paused || graph_.wants_to_grow() || !search.find_work()) {
      me.busy = false;
      if (!std::exchange(told_of_rest, true)) wake_coordinator(reporter);
      nap();
      continue;
    }
    told_of_rest = false;
    me.on_path = true;  // before it stands still for the first time
    engine_.explore(search, [&](outcome) { return after_execution(worker, search, reporter); });
    if (search.diverged()) shared.diverged = true;
    me.on_path = false;
    me.busy = false;
  }
  reporter.report_coverage();
  // Not exit(): what the parent registered to happen at its end is not the child's business.
  _exit(0);
}

void graph_crew::settle(unsigned worker) {
  constexpr std::uint64_t at_a_time = 10'000;
  auto& shared = control_[0];
  auto& me = shared.workers[worker];
  me.busy = true;
  const std::uint64_t edges = graph_.edges();
  while (shared.settling) {
    const auto from = shared.next_edge.fetch_add(at_a_time);
    if (from >= edges) break;
    const auto to = std::min(from + at_a_time, edges);
    if (!graph_.settled(static_cast<state_graph::edge_number>(from),
                        static_cast<state_graph::edge_number>(to))) {
      shared.unsettled = true;
    }
    shared.settled_edges += to - from;
  }
  me.busy = false;
}

/// True if the worker is to stop.
bool graph_crew::after_execution(unsigned worker, graph_search& search, crew_reporter& reporter) {
  auto& shared = control_[0];
  auto& me = shared.workers[worker];
  constexpr auto figure = std::memory_order_relaxed;
  me.steps.store(engine_.counters().steps - steps_before_, figure);
  me.depth.store(engine_.counters().depth, figure);
  me.executions.store(engine_.counters().executions, figure);
  if (!graph_.has_ready() && anybody_idle()) search.share();
  constexpr std::uint64_t steps_between_tells = 10'000;  // for who takes a walk through the graph
  if (me.steps >= told_at_ + steps_between_tells) {
    told_at_ = me.steps;
    search.tell_path();
  }
  bool told_of_rest = false;
  while ((shared.paused || graph_.wants_to_grow()) && !shared.finish && !graph_.full()) {
    me.busy = false;
    if (!std::exchange(told_of_rest, true)) wake_coordinator(reporter);
    nap();
    me.busy = true;  // before it looks again: who pauses looks at this last
  }
  const bool all_is_said =
      shared.violation || shared.restart || graph_.full() || graph_.sets().broken();
  if (all_is_said) wake_coordinator(reporter);
  return shared.finish || all_is_said;
}

}  // namespace checker::explore
