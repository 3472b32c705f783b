// SPDX-License-Identifier: GPL-2.0-only
// One execution after another of a program: threads, steps, locks, and the world's initial copy.
//
// How a step goes. Code under test calls in *before* each access (tsan.cpp) or lock operation
// (execution_locks.cpp). That call announces the step and asks the strategy who runs next; when the
// strategy picks this thread again, the call returns and the real access happens in real memory. So
// at every decision each live thread stands before its next step. What the access did is looked at
// when the thread calls in again (settle()), before anybody else runs: the new value is hashed,
// hooks run, and the finished step's footprint goes to the strategy.
//
// Three kinds of code call in. Code under test: each access is a step. Inside an atomic block: the
// accesses add to the block's one step. Ghost code and hooks: the accesses add to the step under
// way, and what they read is not a local of the thread.
//
// An execution is given up (pruned, or a violation) by leaving every fiber with longjmp at its next
// call, so that Relacy sees all its threads return.
#pragma once

#include <array>
#include <csetjmp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checker/coverage/log.hpp"
#include "checker/detect/data_race.hpp"
#include "checker/detect/lock_order.hpp"
#include "checker/intercept/api.h"
#include "checker/intercept/arena.hpp"
#include "checker/intercept/call_stack.hpp"
#include "checker/intercept/footprint.hpp"
#include "checker/intercept/lock_numbers.hpp"
#include "checker/intercept/lock_registry.hpp"
#include "checker/intercept/recorder.hpp"
#include "checker/intercept/snapshots.hpp"
#include "checker/intercept/strategy.hpp"
#include "checker/intercept/thread_state.hpp"
#include "checker/relacy/host.hpp"
#include "checker/relacy/weak_memory.hpp"
#include "checker/run/scenario.hpp"

namespace checker {

inline constexpr unsigned max_alternatives = 32;  ///< of one choice
/// A thread that is the only one enabled for so long is looked at: is it in an endless loop?
inline constexpr std::uint64_t steps_before_loop = 1'000;
/// Of a fiber's 64 KiB. What is left is for the engine's own frames, hooks and a signal handler.
inline constexpr std::size_t max_stack_bytes = 40 * 1024;

/// Of an access. `failure` is that of a compare-exchange that does not find what it expects.
struct memory_orders {
  relacy::memory_order success = relacy::memory_order::relaxed;
  relacy::memory_order failure = relacy::memory_order::relaxed;
  bool builtin = false;  ///< the entry point does the access itself, at once
};

struct raw_wait {
  trace::wait wait;  ///< without its stack
  raw_stack stack;
};

/// The violation that ended an execution.
struct violation_info {
  std::string kind, message;
  int thread = -1;  ///< -1 for a final check
  int step = -1;    ///< in the recording; -1 for a final check, or if nothing was recorded
  std::vector<int> conflicting_steps;  ///< in the recording
  std::vector<raw_wait> waits;         ///< of a deadlock
  std::vector<raw_held_lock> held;     ///< while recording
};

struct inversion_info {
  std::vector<trace::decision> schedule;
  std::size_t edges_before;  ///< how many edges were known when the closing one was added
};

/// What is counted over all executions.
struct execution_counters {
  std::uint64_t executions = 0, steps = 0, depth = 0;
};

class execution final : public relacy::client {
 public:
  /// The execution whose fibers are running; nullptr outside.
  static inline execution* running = nullptr;

  /// `subject` must have been set up; its arena contents become the initial world.
  /// `bit_locks_order`: bit locks count in locksets (see released_for_others()). `numbers`: of the
  /// locks in locksets; its own if nullptr.
  execution(program& subject, data_race_policy races, std::uint64_t max_steps,
            bool bit_locks_order = true, std::shared_ptr<lock_numbers> numbers = nullptr,
            memory_model model = memory_model::sc);
  ~execution();
  execution(const execution&) = delete;
  execution& operator=(const execution&) = delete;

  /// Runs executions until `search.end_execution()` says so, or `after_each` returns true.
  void explore(strategy& search, std::function<bool(outcome)> after_each);

  /// Interchangeable threads are to be taken for one another: moment::merged_key. REQUIRES: no
  /// execution is under way.
  void merge_threads();
  const std::vector<thread_set>& merged_threads() const { return merged_; }

  /// Whether additions to a counter commute (checker_add()). They do unless this says otherwise.
  void let_adds_commute(bool on) { adds_commute_ = on; }
  bool adds_commute() const { return adds_commute_; }

  /// From the next execution on, everything is recorded (slow).
  void record(bool on) { recorder_.enable(on); }

  // What the last execution came to.
  const std::optional<violation_info>& violation() const { return violation_; }
  std::vector<trace::decision> decisions() const;
  /// Its choices, thread by thread.
  std::vector<std::vector<unsigned>> choices() const;
  std::uint64_t steps() const { return step_count_; }
  /// REQUIRES: record(true) before the execution ran.
  const recorder& recording_of_last() const { return recorder_; }

  /// The lock that the program's rules ask for at the arena's word; nullptr if none.
  const checker_lock* rule_lock(std::uint32_t word) const;

  const execution_counters& counters() const { return counters_; }
  memory_model model() const { return weak_ ? memory_model::c11 : memory_model::sc; }
  /// Why not everything that the memory model allows was tried so far; nullptr if all was.
  const char* memory_bound() const { return weak_ ? weak_->bound() : nullptr; }
  /// Of one execution.
  std::uint64_t max_steps() const { return max_steps_; }
  /// A bit lock was released by another thread than its holder. If bit locks counted in locksets,
  /// what was explored so far may be incomplete.
  bool released_for_others() const { return released_for_others_; }
  /// States need not differ from all before them on their path: some thread came back to where it
  /// was in its operation.
  bool states_may_recur() const { return states_may_recur_; }
  data_race_log& races() { return races_; }
  const data_race_log& races() const { return races_; }
  /// What the executions so far reached.
  coverage reached() const;
  const lock_order_log& order() const { return order_; }
  /// Adds what another process has seen. True if it closes a cycle.
  bool learn_order(const raw_lock_edge& edge);
  /// The execution that first closed a cycle in order(), up to that acquire.
  const std::optional<inversion_info>& inversion() const { return inversion_; }
  /// Forgets the lock order but for `edges`. From now on an acquire that closes a cycle is a
  /// violation at once.
  void restart_order(std::span<const trace::lock_edge> edges);
  const std::vector<thread_spec>& threads() const { return specs_; }

  // relacy::client
  int begin_execution() override;
  void run_thread(int thread) override;
  int next_thread() override { return next_; }
  unsigned look_back() override;
  bool end_execution() override;

  // From tsan.cpp. `size` in bytes. `writes_if`: it is a compare-exchange of up to 8 bytes, which
  // writes if it finds this value, in the order `orders.success`.
  void access(void* address, std::size_t size, bool reads, bool writes, bool marked,
              std::uintptr_t pc, std::optional<std::uint64_t> writes_if = std::nullopt,
              memory_orders orders = {});
  /// The thread is about to add to a counter, without learning what it was.
  void announce_add(void* counter, std::size_t size, std::uintptr_t pc);
  /// Nothing under memory_model::sc. A seq_cst fence is a step otherwise.
  void fence(relacy::memory_order order, std::uintptr_t pc);
  /// The thread's accesses to `object` come after its loads so far.
  void depends(const void* object) {
    if (weak_ && muted_ == 0 && ghost_depth_ == 0 && !at_end_) weak_->depends(object);
  }
  /// The access under way turned out to write as well (a compare-exchange that will succeed).
  void upgrade_to_write(void* address, std::size_t size);
  /// Called first of all when code under test calls in: a thread that runs alone for long may be in
  /// a loop that never ends.
  void look_for_loop() {
    if (steps_alone_ < steps_before_loop || muted_ != 0 || at_end_) return;
    const bool was_in_code = in_code_;
    in_code_ = false;
    compare_with_sample();
    in_code_ = was_in_code;
  }
  void enter_function(std::uintptr_t caller);
  void leave_function();
  void hide_callers();

  // From execution_locks.cpp and api.cpp.
  void acquire(checker_lock* lock, unsigned subclass, checker_lock_mode mode, std::uintptr_t pc);
  bool try_acquire(checker_lock* lock, unsigned subclass, checker_lock_mode mode,
                   std::uintptr_t pc);
  void release(checker_lock* lock, checker_lock_mode mode, std::uintptr_t pc);
  bool held(const checker_lock* lock) const;
  bool held_for_writing(const checker_lock* lock) const;
  /// Blocks until (*word & mask) == value; one step, which reads the word.
  void spin_until(const std::uint64_t* word, std::uint64_t mask, std::uint64_t value,
                  const char* what, std::uintptr_t pc);
  /// The thread learns `value` in the step under way, beyond what the step itself says.
  void observed(std::uint64_t value) {
    if (!at_end_) mix_local(value);
  }
  unsigned choose(unsigned alternatives, const char* label, std::uintptr_t pc);
  void atomic_begin(const char* label, std::uintptr_t pc);
  void atomic_end();
  void ghost_begin();
  void ghost_end();
  void might_sleep(const char* what, std::uintptr_t pc);
  void no_sleep_begin(const char* what);
  void no_sleep_end(const char* what);
  void forget_locals(std::uint64_t position);
  /// Attaches a line to the last recorded step. REQUIRES: recording().
  void note(std::string text);
  /// A lock is about to be initialised: its words change as part of the step under way.
  void lock_initialised(checker_lock* lock);
  /// What a lock's `instance` is once it has been initialised.
  static std::uint32_t lock_mark(const checker_lock* lock);
  /// A violation unless the bytes lie in what was allocated of the arena. `does` is what the thread
  /// wants to do with them ("takes").
  void require_memory(const void* address, std::size_t size, const char* does);
  void require_lock(const checker_lock* lock, const char* does);
  /// Bytes of the arena that setup allocated.
  std::size_t memory_size() const { return initial_.size(); }
  void lock_initialisation_done();
  bool recording() const { return recorder_.enabled() && muted_ == 0; }
  int thread() const { return at_end_ ? -1 : current_; }
  /// Ends the execution in a violation. Does not return.
  [[noreturn]] void violate(std::string kind, std::string message);
  /// The same from a signal handler: `kind` and `message` must be literals or static buffers.
  [[noreturn]] void violate_from_signal(const char* kind, const char* message);
  /// True while code under test runs, i.e. a signal now is its fault.
  bool in_code_under_test() const { return in_code_; }
  const program& subject() const { return subject_; }
  /// True if the step under way has announced an access to the word, and a write if it `writes`.
  /// For trap.
  bool announced(std::uint32_t word, bool writes) const;

 private:
  struct open_write {
    std::uint32_t word;
    std::uint64_t before;
    bool certain;  ///< else a store only if the value changes
  };

  /// What is as it was when a step began once the step is taken back, beside what snapshots keep.
  struct progress_mark {
    state_key memory_hash;
    int last_ran;
    std::uint64_t steps, steps_alone, loop_sample_at;
    state_key loop_sample;
    std::size_t decisions, choices;
  };

  struct announced_store {
    void* address = nullptr;
    std::size_t size = 0;
    bool marked = false;
  };

  // Steps.
  void step(const announced_step& next);
  void begin_step(const announced_step& next);
  void finish_step();
  void decide();
  void settle();
  void* target_of_copy(std::size_t size, bool loads, bool marked) const;
  /// `certain` false: a store of it counts only if the value changes.
  void touch(void* address, std::size_t size, bool reads, bool writes, bool certain = true);
  void note_write(std::uint32_t word, bool certain) {
    const auto before = load_word(word);
    open_writes_.push_back({word, before, certain});
    if (can_go_back_) snapshots_.word_changes(word, before);
  }
  void add_item(footprint_item item);
  void access_weakly(void* address, std::size_t size, bool reads, bool writes,
                     std::optional<std::uint64_t> writes_if, memory_orders orders);
  void record_older(const void* address, std::size_t size);
  void run_watch_hooks();
  void mix_local(std::uint64_t value);
  bool can_run(const announced_step& next) const;
  bool goes_on_alone(int thread);
  footprint foresee(const announced_step& next);
  thread_set enabled_threads() const;
  state_key key(const thread_order& order) const;
  thread_order canonical_order() const;
  int holder_of(const checker_lock* lock) const;
  void describe_state(moment& now);
  thread_set waits_for(const thread_state& thread, thread_set others, thread_order order,
                       thread_set& holders) const;
  void compare_with_sample();
  // Going back.
  void hand_over(int me);
  void pass_on();
  void decide_or_end();
  void run_next();
  void keep_state(int thread);
  void keep_for_going_back(int thread);
  void go_back(std::size_t step);
  [[noreturn]] void to_director();
  [[noreturn]] void direct();
  [[noreturn]] void leave_next();
  bool finish_path();
  // Ends.
  void give_up(outcome how);
  [[noreturn]] void end_violated();
  [[noreturn]] void leave_fiber();
  void note_blocked();
  void note_waiting(thread_set waiting);
  void stuck();
  void livelocked(const endless_round& round);
  std::vector<raw_wait> describe_waits(std::string& message);
  void run_operations(int thread);
  void finish_thread(int thread);
  void restore_initial_world();
  int first_unfinished() const;
  int first_not_left() const;
  const std::string& thread_name() const;
  void check_blocks_ended(const char* where, int atomic_depth, int ghost_depth);
  /// The bit of a lock in locksets; 0 if it has none.
  std::uint64_t lock_bit(const checker_lock* lock);
  bool checks_for_unseen() const;
  void check_nothing_unseen();
  footprint_item waited_item(const announced_step& next) const;
  // Lock rules.
  void require_subclass(unsigned subclass);
  void check_acquire(const checker_lock* lock, unsigned subclass);
  [[noreturn]] void violate_at_acquire(std::string kind, std::string message);
  void check_owner(int owner, const checker_lock* lock, checker_lock_mode mode);
  void note_order(const checker_lock* lock, unsigned subclass);
  void add_order_edge(const held_entry& held, const checker_lock* lock, unsigned subclass);
  /// The lock is free: takes it, as part of the step under way.
  void take(checker_lock* lock, unsigned subclass, checker_lock_mode mode, bool blocking);
  void check_nothing_held(const char* when);
  static bool writes_now(const announced_step& next);
  void check_data_races();
  [[noreturn]] void race_violation(int other);
  racing_access pending_access(int thread) const;
  // Recording.
  raw_stack stack_of(int thread, std::uintptr_t pc) const;
  raw_step new_record(int thread, trace::step_kind kind, std::uintptr_t pc);
  void record_step(const announced_step& next);
  void record_inner_write(void* address, std::size_t size);
  void record_value_after();
  void record_choice(const char* label, unsigned value);
  void record_marker(trace::step_kind kind);
  int record_pending(int thread);
  void record_sleep(const char* what, std::uintptr_t pc);
  std::vector<raw_held_lock> record_held(int thread);
  std::string value_text(const void* address, int size);
  std::string place_text(const void* address);
  raw_wait describe_wait(int thread);
  void set_violation(std::string kind, std::string message);

  /// Runs a hook of the program as part of the step under way.
  template <typename Hook>
  void run_hook(Hook hook) {
    const int atomics = atomic_depth_, ghosts = ++ghost_depth_;
    in_code_ = true;
    hook();
    in_code_ = false;
    settle();
    check_blocks_ended("a hook", atomics, ghosts);
    --ghost_depth_;
  }

  thread_state& state(int thread) { return (*threads_)[static_cast<std::size_t>(thread)]; }
  const thread_state& state(int thread) const {
    return (*threads_)[static_cast<std::size_t>(thread)];
  }

  program& subject_;
  std::vector<thread_spec> specs_;
  int thread_count_;
  std::uint64_t max_steps_;
  bool bit_locks_order_;
  std::unique_ptr<relacy::weak_memory> weak_;  ///< null under memory_model::sc
  bool released_for_others_ = false;
  bool states_may_recur_ = false;
  strategy* strategy_ = nullptr;
  bool wants_keys_ = false, makes_blocks_ = false;
  bool adds_commute_ = true;
  bool at_loop_head_ = false;       ///< the thread was in its operation where it is now before
  std::vector<thread_set> merged_;  ///< see program::interchangeable_threads()
  std::array<int, max_threads> leader_{};  ///< of those a thread is merged with, the first one
  bool hashing_ = false;                   ///< memory_hash_ is kept up in this execution
  std::function<bool(outcome)> after_each_;

  std::vector<unsigned char> initial_;
  state_key initial_hash_;
  std::vector<bool> watched_;
  std::span<char> outside_;  ///< see program::outside_arena()

  // The execution under way.
  std::unique_ptr<std::array<thread_state, max_threads>> threads_;
  int current_ = -1;
  int last_ran_ = -1;
  int next_ = 0;
  int starting_ = 0;  ///< threads below this have been started
  bool step_open_ = false;
  bool abandoned_ = false;
  bool can_go_back_ = false;  ///< of this execution
  moment now_;                ///< what the search is asked about
  bool switching_ = false;    ///< all threads have been started; Relacy is out of it until the end
  bool path_over_ = false;    ///< where the decisions lead no further
  bool search_over_ = false;
  snapshots snapshots_;
  std::vector<progress_mark> marks_;
  int leaving_ = 0;  ///< threads below this one stand where Relacy can take them up
  /// Where it is decided how to go on once a path is over: not on a stack that is put back.
  std::unique_ptr<char[]> director_stack_;
  volatile bool in_code_ = false;
  int atomic_depth_ = 0, ghost_depth_ = 0, muted_ = 0;
  bool at_end_ = false;
  std::jmp_buf end_base_;
  const char* end_stack_base_ = nullptr;
  state_key memory_hash_;
  std::vector<footprint_item> touched_, foreseen_;
  std::vector<std::uint32_t> stamp_;  ///< per word: the step that last put it into touched_
  std::uint32_t stamp_now_ = 0;
  lockset held_before_;  ///< by the step's thread
  std::shared_ptr<lock_numbers> lock_numbers_;
  std::vector<open_write> open_writes_;
  announced_store last_store_;               ///< the access announced last, if that was a store
  std::vector<std::uint32_t> stored_words_;  ///< watched words stored to in this step
  std::uint64_t step_count_ = 0;
  std::uint64_t steps_alone_ = 0;  ///< for so many steps the last thread was the only one enabled
  std::uint64_t loop_sample_at_ = 0;  ///< steps_alone_ when loop_sample_ was taken
  state_key loop_sample_;
  outcome outcome_ = outcome::complete;
  std::optional<violation_info> violation_;
  std::vector<blocked_thread> waiting_;  ///< at the decision under way, where keys are wanted
  std::vector<blocked_thread> blocked_;  ///< of an execution that is stuck or given up
  static constexpr std::uint16_t choice_bit = 0x8000;  ///< in a decision: a value, not a thread
  std::vector<std::uint16_t> decisions_raw_;
  std::vector<std::pair<int, const char*>> choice_labels_;  ///< thread and label of each choice

  data_race_policy race_policy_;
  data_race_log races_;
  lock_order_log order_;
  coverage_log coverage_;
  std::optional<inversion_info> inversion_;
  bool stop_at_inversion_ = false;
  recorder recorder_;
  execution_counters counters_;
};

}  // namespace checker
