// SPDX-License-Identifier: GPL-2.0-only
// What a scenario is: an initial world, threads of operations, checks, and the expected verdict.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

struct checker_lock;

namespace checker {

/// One call a thread makes: "fork()", "write(page 0, 7)". Between two operations a thread has no
/// live locals: whatever it must remember stands in the arena.
struct operation {
  std::string name;
  std::function<void()> call;
};

struct thread_spec {
  std::string name;  ///< as shown at the head of its column: "parent/1: fork"
  std::vector<operation> operations;
};

/// How an access is told to people.
struct place {
  std::string name;  ///< "parent pte[0]", "page 2 refcount"; empty if nothing is known
};

/// One scenario instance with its parameters fixed. The engine calls, in this order: setup() and
/// threads(); then for each execution the threads' operations, and at_end() when all have finished.
/// It may start over from setup().
///
/// The hooks run instrumented, as part of the step that triggers them: whatever a hook reads is
/// added to that step's footprint, which is what makes an invariant sound under partial-order
/// reduction. Hooks must not write to the arena except inside checker_ghost_begin/end, take locks,
/// or choose.
class program {
 public:
  virtual ~program() = default;

  /// Builds the initial world with arena_new/arena_allocate. Not instrumented as steps.
  virtual void setup() = 0;
  /// The threads, 1 to 8 of them. Called after setup().
  virtual std::vector<thread_spec> threads() = 0;

  /// Sets of threads that could change places at any time without making a difference: they run the
  /// same operations, and nothing in the arena tells which is which, but for the locks they hold.
  /// Called after threads(). The search may then explore one for all; a wrong claim is unsound.
  virtual std::vector<std::uint32_t> interchangeable_threads() const { return {}; }

  /// After a store to a word registered with watch(). `address` is the word.
  virtual void on_watched_store(void* address) { (void)address; }
  /// After the calling thread released `lock` (it no longer holds it).
  virtual void on_lock_released(checker_lock* lock) { (void)lock; }
  /// After operation `index` of thread `thread` returned.
  virtual void on_operation_end(int thread, int index) { (void)thread, (void)index; }
  /// After all threads finished without a violation. Not a step; reads are free here.
  virtual void at_end() {}

  /// Memory outside of the arena that code under test stores to while it runs: where it stands, for
  /// tests. Nothing that happens may depend on it. It is put back with the arena when steps are
  /// taken back, but not at the start of an execution.
  virtual std::span<char> outside_arena() { return {}; }

  /// Labels of the choices (checker_choose) that the scenario is there for, with its parameters:
  /// one that never comes up is named in the result.
  virtual std::vector<std::string> choices() const { return {}; }
  /// Folders of the code under test, as debug information has them ("model/v4_14"): reports leave
  /// out what it is built on. Empty: a report takes the folder that most calls come from.
  virtual std::vector<std::string> code_folders() const { return {}; }
  /// Text for people; called only while a trace is recorded.
  virtual place describe(const void* address) const {
    (void)address;
    return {};
  }
  /// The lock that the code's rules ask for at accesses to `address` (a PTE's page-table lock);
  /// nullptr if there is no such rule. For explanations only.
  virtual const checker_lock* rule_lock(const void* address) const {
    (void)address;
    return nullptr;
  }
  /// A value at that address as people read it ("present|RW pfn 3"); empty: print it in hex.
  virtual std::string describe_value(const void* address, std::uint64_t value) const {
    (void)address, (void)value;
    return {};
  }
};

/// Setup only: stores to the 8-byte words of [address, address + size) call on_watched_store().
void watch(const void* address, std::size_t size);

/// What a load may see: the last store (sequential consistency), or what Relacy's C++11 model
/// allows (relacy/weak_memory.hpp).
enum class memory_model : std::uint8_t { sc, c11 };

/// As on the command line and in files: "sc".
inline const char* to_string(memory_model model) {
  return model == memory_model::c11 ? "c11" : "sc";
}

enum class data_race_policy : std::uint8_t { off, report, fail };

struct parameter {
  std::string name;
  std::string meaning;  ///< one line, with the unit
  std::int64_t default_value;
  std::int64_t minimum;
  std::int64_t maximum;
  std::optional<std::int64_t> default_of_imported = {};  ///< for imported kernels, if another

  std::int64_t default_on(bool imported_kernel) const {
    return imported_kernel ? default_of_imported.value_or(default_value) : default_value;
  }
};

using parameter_values = std::map<std::string, std::int64_t>;

/// What must come out. `kind` is set for a violation only: the kind it must be of; where any of
/// several will do, they are separated by '|' ("isolation|rss").
struct expectation {
  enum class verdict_type : std::uint8_t { verified, violation } verdict = verdict_type::verified;
  std::string kind;
};

/// A scenario as listed. Registered once, by value, in the registry (registry.hpp).
struct scenario {
  std::string name;     ///< "fork-vs-write-fault"
  std::string summary;  ///< one line
  std::vector<parameter> parameters;
  std::vector<std::string> kernels;  ///< kernels it runs on; empty for toys, which have none
  /// What an imported kernel lacks of what the scenario needs with these parameters, as a sentence
  /// goes on after "needs "; empty if it can run. Null: it runs on built-in kernels only.
  std::function<std::string(const parameter_values&, const std::string& kernel)> needs = {};
  bool in_default_suite = true;
  /// Kernels that have a bug which this scenario finds. It is not in the default suite of these.
  std::vector<std::string> fails_on = {};
  /// Kernels that have bugs which this scenario is there to show: on these it must end in a
  /// violation of one of the kinds, and does so in the default suite.
  std::map<std::string, std::vector<std::string>> finds = {};
  /// Built-in patches that mend these bugs: under them it must be verified.
  std::vector<std::string> mended_by = {};
  data_race_policy data_races = data_race_policy::report;
  /// Built-in patches under which this scenario must end in a violation of one of these kinds.
  std::map<std::string, std::vector<std::string>> expected_violations;
  std::string key = {};  ///< of one that is not built in: another one for other code
  std::function<std::unique_ptr<program>(const parameter_values&, const std::string& kernel,
                                         const std::string& patch)>
      make;
};

/// Functions that were cut from a user's source tree; in no default suite.
struct imported_kernel {
  std::string name;                ///< "6.1"
  std::string source;              ///< one line: what tree they are from
  std::string key;                 ///< another one for other code
  std::vector<std::string> stubs;  ///< what was put in place of a function: "NAME=noop"
};

/// A named change to a built-in kernel.
struct patch {
  std::string name;     ///< "fork-without-src-ptl"
  std::string kernel;   ///< "v4.14"
  std::string summary;  ///< one line: what it breaks, in the kernel's words
};

}  // namespace checker
