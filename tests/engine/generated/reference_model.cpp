// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/generated/reference_model.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tests/engine/generated/reference_state.hpp"

namespace checker::generated {
namespace {

/// How much a thread may go on without a step before its program is said to be broken.
constexpr int max_silent_instructions = 1000;

class searcher {
 public:
  searcher(const program_spec& program, std::size_t max_states)
      : program_(program), max_states_(max_states) {}

  observations run() {
    model_state start;
    std::copy(std::begin(program_.initial), std::end(program_.initial), start.words);
    start.threads.resize(program_.threads.size());
    for (std::size_t i = 0; i < start.threads.size(); ++i) start.threads[i].index = i;
    start_thread(std::move(start), 0);
    while (!open_.empty() && !seen_.too_large) {
      const auto state = std::move(open_.back());
      open_.pop_back();
      visit(state);
    }
    seen_.states = known_.size();
    seen_.inversion = has_cycle();
    return std::move(seen_);
  }

 private:
  void start_thread(model_state state, std::size_t thread) {
    if (thread == program_.threads.size()) return push(std::move(state));
    for (auto& next : advanced(std::move(state), thread)) start_thread(std::move(next), thread + 1);
  }

  void push(model_state state) {
    if (!known_.insert(key_of(program_, state)).second) return;
    if (known_.size() >= max_states_) seen_.too_large = true;
    open_.push_back(std::move(state));
  }

  void visit(const model_state& state) {
    note_races(program_, state, seen_.races);
    bool any_left = false, any_ran = false;
    for (std::size_t i = 0; i < state.threads.size(); ++i) {
      if (state.threads[i].finished) continue;
      any_left = true;
      if (!can_run(state, state.threads[i])) continue;
      any_ran = true;
      run_step(state, i);
    }
    if (!any_left) {
      seen_.finals.insert(memory_of(program_, state));
    } else if (!any_ran) {
      seen_.deadlocks.insert(deadlock_of(program_, state));
    }
  }

  bool can_run(const model_state& state, const model_thread& thread) const {
    const auto* const code = instruction_at(program_, thread);
    if (code == nullptr) return true;
    if (code->code == opcode::acquire) return state.locks[code->word].free_for(code->mode);
    if (code->code == opcode::wait) return (state.words[code->word] & code->other) == code->value;
    if (code->code == opcode::read_begin) return (state.words[code->word] & 1) == 0;
    return true;
  }

  void run_step(const model_state& before, std::size_t thread) {
    auto state = before;
    auto& me = state.threads[thread];
    stored_ = 0;
    me.open = true;
    const auto* const code = instruction_at(program_, me);
    if (code != nullptr && code->code != opcode::ghost_add) {
      if (!execute(state, me, *code)) return;
    }
    for (auto& next : advanced(std::move(state), thread)) push(std::move(next));
  }

  /// Runs the step at a thread's pc and moves on. False if that is a violation.
  bool execute(model_state& state, model_thread& me, const instruction& code) {
    switch (code.code) {
      case opcode::atomic_begin:
        return execute_block(state, me);
      case opcode::release_if_locked:
        if (state.locks[code.word].writer != 0 && !release(state, me, code)) return false;
        break;
      case opcode::copy:
        if (me.phase == 0) {
          me.copied[0] = state.words[code.other];
          me.copied[1] = state.words[code.other + 1];
          me.phase = 1;
          return true;
        }
        me.phase = 0;
        store(state, code.word, me.copied[0]);
        store(state, code.word + 1, me.copied[1]);
        break;
      case opcode::assign:
        me.phase ^= 1;
        if (!store_announced_first) {
          if (me.phase == 1) {
            me.copied[0] = state.words[code.other];
            return true;
          }
          store(state, code.word, me.copied[0]);
          break;
        }
        if (me.phase == 1) {
          store(state, code.word, state.words[code.word]);
          return true;
        }
        if (state.words[code.word] != state.words[code.other]) {
          store(state, code.word, state.words[code.other]);
        }
        break;
      default:
        if (!execute_plain(state, me, code)) return false;
    }
    ++me.pc;
    return true;
  }

  bool execute_block(model_state& state, model_thread& me) {
    int depth = 0;
    do {
      const auto& code = *instruction_at(program_, me);
      if (code.code == opcode::atomic_begin) {
        ++depth;
        ++me.pc;
      } else if (code.code == opcode::atomic_end) {
        --depth;
        ++me.pc;
      } else if (is_skip(code)) {
        skip(me, code);
      } else if (code.code == opcode::ghost_add) {
        store(state, code.word, state.words[code.word] + code.value);
        ++me.pc;
      } else {
        do {
          if (!execute(state, me, code)) return false;
        } while (me.phase != 0);
      }
    } while (depth > 0);
    return true;
  }

  bool execute_plain(model_state& state, model_thread& me, const instruction& code) {
    auto& lock = state.locks[code.word % max_locks];
    auto& reg = me.regs[code.reg];
    const auto sequence = static_cast<std::uint32_t>(state.words[code.word % max_words]);
    switch (code.code) {
      case opcode::acquire:
        take(state, me, code);
        return true;
      case opcode::try_acquire:
        reg = lock.free_for(code.mode) ? 1 : 0;
        if (reg == 1) take(state, me, code);
        return true;
      case opcode::release:
        return release(state, me, code);
      case opcode::is_locked:
        reg = lock.writer != 0 || lock.readers != 0;
        return true;
      case opcode::wait:
        return true;
      case opcode::write_begin:
      case opcode::write_end:
        if ((sequence & 1) != (code.code == opcode::write_end ? 1U : 0U))
          return violation("seqcount");
        store_part(state, code.word, 1, sequence + 1);
        return true;
      case opcode::read_begin:
        reg = sequence;
        return true;
      case opcode::read_retry:
        reg = sequence != static_cast<std::uint32_t>(reg) ? 1 : 0;
        return true;
      default:
        access(state, me, code);
        return true;
    }
  }

  void access(model_state& state, model_thread& me, const instruction& code) {
    const auto mask = code.part == 0 ? ~std::uint64_t{0} : std::uint64_t{0xffffffff};
    const auto before = load_part(state, code.word, code.part);
    const auto operand = operand_of(code, me.regs);
    auto& reg = me.regs[code.reg];
    switch (code.code) {
      case opcode::load:
        reg = before;
        break;
      case opcode::store:
        store_part(state, code.word, code.part, operand);
        break;
      case opcode::add:
        store_part(state, code.word, code.part, (before + operand) & mask);
        reg = before;
        break;
      case opcode::count:
        store_part(state, code.word, code.part, (before + operand) & mask);
        break;
      case opcode::exchange:
        store_part(state, code.word, code.part, operand);
        reg = before;
        break;
      default:
        if (before == code.other) store_part(state, code.word, code.part, operand);
        reg = before == code.other ? 1 : 0;
    }
  }

  void store_part(model_state& state, int word, int part, std::uint64_t value) {
    const auto before = state.words[word];
    if (part == 1) value = (before & ~std::uint64_t{0xffffffff}) | (value & 0xffffffff);
    if (part == 2) value = (before & 0xffffffff) | value << 32;
    store(state, word, value);
  }
  void store(model_state& state, int word, std::uint64_t value) {
    state.words[word] = value;
    if (program_.watched[word]) stored_ |= 1U << word;
  }

  void take(model_state& state, model_thread& me, const instruction& code) {
    auto& lock = state.locks[code.word];
    if (code.mode == checker_lock_read) {
      ++lock.readers;
    } else {
      lock.writer = static_cast<int>(me.index) + 1;
    }
    me.held.push_back({code.word, code.subclass, code.mode});
  }

  bool release(model_state& state, model_thread& me, const instruction& code) {
    auto& lock = state.locks[code.word];
    auto* owner = &me;
    if (program_.locks[code.word].kind == checker_lock_bit) {
      if (lock.writer == 0) return violation("wrong-owner");
      owner = &state.threads[static_cast<std::size_t>(lock.writer - 1)];
    }
    const auto entry = std::find_if(owner->held.rbegin(), owner->held.rend(),
                                    [&](const held_lock& held) { return held.lock == code.word; });
    if (entry == owner->held.rend() || entry->mode != code.mode) return violation("wrong-owner");
    owner->held.erase(std::next(entry).base());
    if (code.mode == checker_lock_read) {
      --lock.readers;
    } else {
      lock.writer = 0;
    }
    run_hooks_of(state, trigger::release);
    return true;
  }

  static bool is_skip(const instruction& code) {
    return code.code == opcode::skip_if_equal || code.code == opcode::skip_if_differs;
  }
  static void skip(model_thread& me, const instruction& code) {
    const bool equal = me.regs[code.reg] == code.value;
    me.pc += 1 + (equal == (code.code == opcode::skip_if_equal) ? code.skip : 0);
  }

  /// The states in which `thread` has gone on to its next step, one for each value of its choices.
  std::vector<model_state> advanced(model_state first, std::size_t thread) {
    std::vector<model_state> result, todo;
    todo.push_back(std::move(first));
    auto stored = stored_;
    while (!todo.empty()) {
      auto state = std::move(todo.back());
      todo.pop_back();
      stored_ =
          std::exchange(stored, 0);  // a choice finishes the step: nothing is left for the others
      if (go_on(state, thread, todo)) result.push_back(std::move(state));
    }
    stored_ = 0;
    return result;
  }

  /// True if `state` is now before a step of the thread, or the thread has finished. Otherwise it
  /// was put into `more`, once for each value of a choice, or ended in a violation.
  bool go_on(model_state& state, std::size_t thread, std::vector<model_state>& more) {
    auto& me = state.threads[thread];
    if (me.phase != 0) {
      finish_step(state);
      return true;
    }
    for (int i = 0; i < max_silent_instructions; ++i) {
      const auto* const code = instruction_at(program_, me);
      if (code == nullptr) {
        if (!me.open) return true;  // the hook needs a step of its own
        if (!end_operation(state, me)) return false;
        if (me.finished) return true;
      } else if (is_skip(*code)) {
        skip(me, *code);
      } else if (code->code == opcode::forget) {
        std::fill(std::begin(me.regs), std::end(me.regs), 0);
        ++me.pc;
      } else if (code->code == opcode::ghost_add) {
        if (!me.open) return true;
        store(state, code->word, state.words[code->word] + code->value);
        ++me.pc;
      } else if (code->code == opcode::choose) {
        finish_step(state);
        me.open = false;
        for (std::uint64_t value = 0; value < code->value; ++value) {
          more.push_back(state);
          auto& other = more.back().threads[thread];
          other.regs[code->reg] = value;
          ++other.pc;
        }
        stored_ = 0;
        return false;
      } else {
        finish_step(state);
        return announce(me, *code);
      }
    }
    violation("silent loop");
    return false;
  }

  bool end_operation(model_state& state, model_thread& me) {
    finish_step(state);
    run_hooks_of(state, trigger::operation_end);
    if (!me.held.empty()) return violation("lock-held-at-exit");
    const auto count = program_.threads[me.index].size();
    std::fill(std::begin(me.regs), std::end(me.regs), 0);
    if (static_cast<std::size_t>(++me.operation) == count) {
      me.finished = true;
    } else {
      me.pc = 0;
    }
    return true;
  }

  void finish_step(model_state& state) {
    if (stored_ != 0) run_hooks_of(state, trigger::store);
    stored_ = 0;
  }

  void run_hooks_of(model_state& state, trigger when) {
    for (std::size_t i = 0; i < program_.hooks.size(); ++i) {
      const auto& hook = program_.hooks[i];
      if (hook.when != when || state.words[hook.a] != hook.a_value ||
          state.words[hook.b] != hook.b_value) {
        continue;
      }
      (hook.in_arena ? state.flags : seen_.flags) |= std::uint64_t{1} << i;
    }
  }

  /// The rules that are checked before a thread waits. False if one is broken.
  bool announce(const model_thread& me, const instruction& code) {
    const bool spin_held = std::any_of(me.held.begin(), me.held.end(), [&](const held_lock& held) {
      return program_.locks[held.lock].kind == checker_lock_spin;
    });
    if (code.code == opcode::wait && spin_held) return violation("sleep-in-atomic");
    if (code.code == opcode::release && program_.locks[code.word].kind != checker_lock_bit &&
        std::none_of(me.held.begin(), me.held.end(), [&](const held_lock& held) {
          return held.lock == code.word && held.mode == code.mode;
        })) {
      return violation("wrong-owner");
    }
    if (code.code != opcode::acquire) return true;
    const auto& wanted = program_.locks[code.word];
    for (const auto& held : me.held) {
      const auto held_class = program_.locks[held.lock].lock_class;
      if (held.lock == code.word ||
          (held_class == wanted.lock_class && held.subclass == code.subclass)) {
        return violation("recursion");
      }
    }
    if (wanted.kind != checker_lock_spin && spin_held) return violation("sleep-in-atomic");
    for (const auto& held : me.held) {
      seen_.lock_edges.emplace(program_.locks[held.lock].lock_class * 8U + held.subclass,
                               wanted.lock_class * 8U + code.subclass);
    }
    return true;
  }

  bool violation(const char* kind) {
    seen_.violations.insert(kind);
    return false;
  }

  bool has_cycle() const {
    std::set<std::pair<unsigned, unsigned>> closure = seen_.lock_edges;
    for (bool grown = true; grown;) {
      grown = false;
      for (const auto& [a, b] : std::set(closure)) {
        for (const auto& [c, d] : seen_.lock_edges) {
          if (b == c && closure.emplace(a, d).second) grown = true;
        }
      }
    }
    return std::any_of(closure.begin(), closure.end(),
                       [](const auto& edge) { return edge.first == edge.second; });
  }

  const program_spec& program_;
  std::size_t max_states_;
  observations seen_;
  std::unordered_set<std::string> known_;
  std::vector<model_state> open_;
  unsigned stored_ = 0;  ///< watched words stored to by the step under way
};

}  // namespace

observations search_states(const program_spec& program, std::size_t max_states) {
  return searcher(program, max_states).run();
}

}  // namespace checker::generated
