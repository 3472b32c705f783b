// SPDX-License-Identifier: GPL-2.0-only
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "tests/engine/generated/promela_names.hpp"

namespace checker::generated {
namespace {

/// Words with two halves are numbers here: low + high << half_bits. The values are small enough;
/// not_expressible() sees to it.
constexpr int half_bits = promela::half_bits;

bool takes_lock(const instruction& code) {
  return code.code == opcode::acquire || code.code == opcode::try_acquire;
}

bool sets_register(opcode code) {
  switch (code) {
    case opcode::load:
    case opcode::add:
    case opcode::exchange:
    case opcode::compare_exchange:
    case opcode::try_acquire:
    case opcode::is_locked:
    case opcode::choose:
    case opcode::read_begin:
    case opcode::read_retry:
      return true;
    default:
      return false;
  }
}

/// The process of one thread.
class thread_writer {
 public:
  thread_writer(const program_spec& program, std::size_t program_index, std::size_t thread)
      : program_(program),
        program_index_(program_index),
        thread_(thread),
        code_(program.threads[thread]),
        places_(code_) {
    const bool any_watched =
        std::ranges::any_of(program.watched, [](bool watched) { return watched; });
    hooks_on_stores_ = any_watched && std::ranges::any_of(program.hooks, [](const hook& each) {
                         return each.when == trigger::store;
                       });
    for (const auto& operation : code_) {
      for (const auto& code : operation) {
        if (sets_register(code.code)) used_registers_ |= 1U << code.reg;
        if (takes_lock(code)) used_locks_ |= 1U << code.word;
      }
    }
  }

  std::string process() {
    auto text = fmt::format("proctype p{}t{}() {{\n", program_index_, thread_);
    if (hooks_on_stores_) text += "  bool stored;\n";
    text += "  do\n";
    const bool last = thread_ + 1 == program_.threads.size();
    text += transition(
        fmt::format("turn == {}", promela::starting + thread_),
        fmt::format("resume = {0}; turn = {0}; ", last ? 0 : promela::starting + thread_ + 1) +
            body(false, [&] {
              return next({0, 0});
            }));
    for (std::size_t number = 1; number < promela::halted; ++number) {
      if (stood_at_.contains(number)) add_place(*places_.at(number), text);
    }
    return text + "  od\n}\n";
  }

 private:
  using place = promela::place;

  const instruction* at(place where) const {
    return where.pc < code_[where.operation].size() ? &code_[where.operation][where.pc] : nullptr;
  }
  static place after(place where, std::size_t skipped = 0) {
    return {where.operation, where.pc + 1 + skipped, 0};
  }

  // ---- Names -----------------------------------------------------------------------------------

  std::string reg(unsigned number) const { return fmt::format("r{}_{}", thread_, number); }
  std::string reg(const instruction& code) const { return reg(code.reg); }
  static std::string word(unsigned number) { return fmt::format("w{}", number); }
  static std::string writer(unsigned lock) { return fmt::format("k{}", lock); }
  static std::string readers(unsigned lock, std::size_t thread) {
    return fmt::format("q{}_{}", lock, thread);
  }
  std::string go_to(place where) const {
    return fmt::format("pc{} = {}; ", thread_, places_.number(where));
  }
  /// The d_step ends, with the thread there.
  std::string stand(place where) {
    stood_at_.insert(places_.number(where));
    return go_to(where);
  }

  std::string operand(const instruction& code) const {
    if (code.from < 0) return fmt::format("{}", code.value);
    return fmt::format("(({} + {}) & 3)", reg(static_cast<unsigned>(code.from)), code.value);
  }
  static std::string part_of(const instruction& code) {
    if (code.part == 0) return word(code.word);
    if (code.part == 1) return fmt::format("({} & {})", word(code.word), (1 << half_bits) - 1);
    return fmt::format("({} >> {})", word(code.word), half_bits);
  }
  std::string free_for(const instruction& code) const {
    std::string text = writer(code.word) + " == 0";
    for (std::size_t t = 0; code.mode == checker_lock_write && t < program_.threads.size(); ++t) {
      text += fmt::format(" && {} == 0", readers(code.word, t));
    }
    return "(" + text + ")";
  }
  std::string holds(unsigned lock) const {
    return fmt::format("({} == {} || {} != 0)", writer(lock), thread_ + 1, readers(lock, thread_));
  }
  /// Whether the thread holds a lock of those that `wanted` picks.
  template <typename Predicate>
  std::string holds_any(Predicate wanted) const {
    std::string text;
    for (unsigned lock = 0; lock < program_.locks.size(); ++lock) {
      if ((used_locks_ >> lock & 1) == 0 || !wanted(lock)) continue;
      text += (text.empty() ? "" : " || ") + holds(lock);
    }
    return text.empty() ? "false" : text;
  }
  std::string holds_spinlock() const {
    return holds_any([this](unsigned lock) {  //
      return program_.locks[lock].kind == checker_lock_spin;
    });
  }

  // ---- Pieces ----------------------------------------------------------------------------------

  static std::string either(const std::string& condition, const std::string& then,
                            const std::string& otherwise) {
    if (condition == "false") return otherwise;
    return fmt::format("if :: ({}) -> {}:: else -> {}fi; ", condition,
                       then.empty() ? "skip; " : then, otherwise.empty() ? "skip; " : otherwise);
  }
  /// Nobody goes on from here.
  std::string violation(promela::broken_rule kind) const {
    return fmt::format("turn = {}; pc{} = {}; ", promela::violated + static_cast<int>(kind),
                       thread_, promela::halted);
  }
  std::string transition(const std::string& guard, const std::string& body) const {
    const auto start = guard.starts_with("turn == ") ? guard : "turn == 0 && " + guard;
    return fmt::format("  :: d_step {{ ({}) -> {} }}\n", start, body.substr(0, body.size() - 2));
  }

  std::string run_hooks(trigger when) const {
    std::string text;
    for (std::size_t i = 0; i < program_.hooks.size(); ++i) {
      const auto& each = program_.hooks[i];
      if (each.when != when) continue;
      const auto raise = each.in_arena ? fmt::format("flags = flags | {}; ", 1 << i)
                                       : fmt::format("c_code {{ raise_outside({}, {}); }}; ",
                                                     program_index_, 1 << i);
      text += either(fmt::format("{} == {} && {} == {}", word(each.a), each.a_value, word(each.b),
                                 each.b_value),
                     raise, "");
    }
    return text;
  }
  std::string finish_step() const {
    if (!hooks_on_stores_) return "";
    return either("stored", "stored = false; " + run_hooks(trigger::store), "");
  }
  std::string note_store(unsigned number) const {
    return hooks_on_stores_ && program_.watched[number] ? "stored = true; " : "";
  }
  std::string store(unsigned number, const std::string& value) const {
    return fmt::format("{} = {}; ", word(number), value) + note_store(number);
  }
  std::string store_part(const instruction& code, const std::string& value) const {
    const auto whole = word(code.word);
    if (code.part == 1) {
      return store(code.word,
                   fmt::format("(({0} >> {1}) << {1}) | ({2})", whole, half_bits, value));
    }
    if (code.part == 2) {
      return store(code.word, fmt::format("({0} & {1}) | (({2}) << {3})", whole,
                                          (1 << half_bits) - 1, value, half_bits));
    }
    return store(code.word, value);
  }
  std::string clear_registers() const {
    std::string text;
    for (unsigned i = 0; i < registers; ++i) {
      if ((used_registers_ >> i & 1) != 0) text += reg(i) + " = 0; ";
    }
    return text;
  }

  // ---- One d_step ------------------------------------------------------------------------------

  // Code only skips forward. A place that several ways lead to is written once, behind all of them,
  // and reached by the thread's position: anything else would grow exponentially.

  /// Whether what is written now comes after a step, so that ghost code and the hooks of an
  /// operation's end belong to it; else they are a step of their own.
  struct d_step {
    bool open = true;
    bool counting = true;
    std::map<std::size_t, int> ways;  ///< that lead to a place
    std::map<std::size_t, std::pair<place, int>>
        joins;  ///< to be written, and inside how many blocks
  };

  /// `first` writes the body, using next(), and is called twice: first to count.
  template <typename Write>
  std::string body(bool open, Write first) {
    now_ = {};
    now_.open = open;
    first();
    now_.counting = false;
    auto text = first();
    while (!now_.joins.empty()) {
      const auto [number, what] = *now_.joins.begin();
      now_.joins.erase(now_.joins.begin());
      text +=
          either(fmt::format("pc{} == {}", thread_, number), at_place(what.first, what.second), "");
    }
    return text;
  }
  /// Goes on at `where`, inside `depth` atomic blocks.
  std::string next(place where, int depth = 0) {
    const auto number = places_.number(where);
    if (now_.counting) return ++now_.ways[number] == 1 ? at_place(where, depth) : "";
    if (now_.ways[number] == 1) return at_place(where, depth);
    now_.joins.insert({number, {where, depth}});
    return go_to(where);
  }
  std::string at_place(place where, int depth) {
    return depth == 0 ? go_on(where) : inside_block(where, depth);
  }

  // ---- Between two steps -----------------------------------------------------------------------

  /// Takes the thread from `where` to before its next step.
  std::string go_on(place where) {
    const auto* const code = at(where);
    if (code == nullptr) return now_.open ? end_operation(where) : stand(where);
    switch (code->code) {
      case opcode::skip_if_equal:
      case opcode::skip_if_differs:
        return branch(*code, where, 0);
      case opcode::forget:
        return clear_registers() + next(after(where));
      case opcode::ghost_add:
        return now_.open ? ghost(*code) + next(after(where)) : stand(where);
      case opcode::choose:
        return finish_step() + fmt::format("turn = {}; ", promela::choosing + thread_) +
               stand(where);
      default:
        return finish_step() + arrive(*code) + stand(where);
    }
  }
  std::string branch(const instruction& code, place where, int depth) {
    const auto test = code.code == opcode::skip_if_equal ? "==" : "!=";
    const auto skipped = next(after(where, code.skip), depth);
    return either(fmt::format("{} {} {}", reg(code), test, code.value), skipped,
                  next(after(where), depth));
  }
  std::string ghost(const instruction& code) const {
    return store(code.word, fmt::format("{} + {}", word(code.word), code.value));
  }
  std::string end_operation(place where) {
    const bool last = where.operation + 1 == code_.size();
    const auto rest =
        clear_registers() + (last ? fmt::format("pc{} = {}; ", thread_, promela::finished)
                                  : next({where.operation + 1, 0}));
    return finish_step() + run_hooks(trigger::operation_end) +
           either(holds_any([](unsigned) { return true; }),
                  violation(promela::broken_rule::lock_held_at_exit), rest);
  }

  /// The rules that are looked at when a thread stands before a step, whether or not it can go on.
  std::string arrive(const instruction& code) const {
    const auto& lock = program_.locks;
    if (code.code == opcode::wait) {
      return either(holds_spinlock(), violation(promela::broken_rule::sleep_in_atomic), "");
    }
    if (code.code == opcode::release && lock[code.word].kind != checker_lock_bit) {
      return either(holds_as(code), "", violation(promela::broken_rule::wrong_owner));
    }
    if (code.code != opcode::acquire) return "";
    const auto recursion = holds_any([&](unsigned held) {
      return held == code.word || (lock[held].lock_class == lock[code.word].lock_class &&
                                   promela::subclasses_of(code_, held).contains(code.subclass));
    });
    const auto sleep =
        lock[code.word].kind == checker_lock_spin
            ? ""
            : either(holds_spinlock(), violation(promela::broken_rule::sleep_in_atomic), "");
    return either(recursion, violation(promela::broken_rule::recursion), sleep);
  }

  // ---- Steps -----------------------------------------------------------------------------------

  void add_place(place where, std::string& text) {
    const auto* const code = at(where);
    const auto guard = fmt::format("pc{} == {}", thread_, places_.number(where));
    if (code == nullptr || code->code == opcode::ghost_add) {
      text += transition(guard, body(true, [&] { return go_on(where); }));
      return;
    }
    switch (code->code) {
      case opcode::skip_if_equal:
      case opcode::skip_if_differs:
      case opcode::forget:
      case opcode::atomic_end:
        return;
      case opcode::choose:
        for (int value = 0; value < code->value; ++value) {
          text += transition(fmt::format("turn == {} && {}", promela::choosing + thread_, guard),
                             fmt::format("turn = resume; {} = {}; ", reg(*code), value) +
                                 body(false, [&] { return next(after(where)); }));
        }
        return;
      case opcode::copy:
      case opcode::assign:
        text += where.half == 0 ? transition(guard, first_half(*code) + finish_step() +
                                                        stand({where.operation, where.pc, 1}))
                                : transition(guard, body(true, [&] {
                                               return second_half(*code) + next(after(where));
                                             }));
        return;
      default:
        text += transition(guard + enabled(*code), body(true, [&] {
                             return code->code == opcode::atomic_begin
                                        ? next(after(where), 1)
                                        : execute(*code, next(after(where)));
                           }));
    }
  }
  std::string enabled(const instruction& code) const {
    if (code.code == opcode::acquire) return " && " + free_for(code);
    if (code.code == opcode::wait) {
      return fmt::format(" && ({} & {}) == {}", word(code.word), code.other, code.value);
    }
    if (code.code == opcode::read_begin) return fmt::format(" && ({} & 1) == 0", word(code.word));
    return "";
  }

  /// From `where` inside an atomic block on.
  std::string inside_block(place where, int depth) {
    const auto& code = *at(where);
    switch (code.code) {
      case opcode::atomic_begin:
        return next(after(where), depth + 1);
      case opcode::atomic_end:
        return next(after(where), depth - 1);
      case opcode::skip_if_equal:
      case opcode::skip_if_differs:
        return branch(code, where, depth);
      case opcode::ghost_add:
        return ghost(code) + next(after(where), depth);
      case opcode::copy:
      case opcode::assign:
        return first_half(code) + second_half(code) + next(after(where), depth);
      default:
        return execute(code, next(after(where), depth));
    }
  }

  std::string copied(unsigned number) const { return fmt::format("c{}_{}", thread_, number); }

  /// A copy of two words reads them, then writes. A structure's copy is two steps in the order in
  /// which the compiler announces them; GCC makes the copy after both.
  std::string first_half(const instruction& code) const {
    if (code.code == opcode::copy) {
      return fmt::format("{} = {}; {} = {}; ", copied(0), word(code.other), copied(1),
                         word(code.other + 1U));
    }
    if (!store_announced_first) return fmt::format("{} = {}; ", copied(0), word(code.other));
    return note_store(code.word);
  }
  std::string second_half(const instruction& code) const {
    const auto forget_copied = fmt::format("{} = 0; {} = 0; ", copied(0), copied(1));
    if (code.code == opcode::copy) {
      return store(code.word, copied(0)) + store(code.word + 1U, copied(1)) + forget_copied;
    }
    if (!store_announced_first) return store(code.word, copied(0)) + forget_copied;
    return either(fmt::format("{} != {}", word(code.word), word(code.other)),
                  store(code.word, word(code.other)), "");
  }

  /// What the instruction does, and then `then`, unless it breaks a rule.
  std::string execute(const instruction& code, const std::string& then) const {
    switch (code.code) {
      case opcode::acquire:
        return take(code) + then;
      case opcode::try_acquire:
        return either(free_for(code), take(code) + reg(code) + " = 1; ", reg(code) + " = 0; ") +
               then;
      case opcode::release:
        return either(holds_as(code), release(code) + then,
                      violation(promela::broken_rule::wrong_owner));
      case opcode::release_if_locked:
        return either(writer(code.word) + " != 0", release(code), "") + then;
      case opcode::is_locked: {
        auto anybody = code;
        anybody.mode = checker_lock_write;
        return fmt::format("{} = ({} -> 0 : 1); ", reg(code), free_for(anybody)) + then;
      }
      case opcode::wait:
        return then;
      case opcode::write_begin:
      case opcode::write_end:
        return either(fmt::format("({} & 1) == {}", word(code.word),
                                  code.code == opcode::write_begin ? 0 : 1),
                      store(code.word, word(code.word) + " + 1") + then,
                      violation(promela::broken_rule::seqcount));
      case opcode::read_begin:
        return fmt::format("{} = {}; ", reg(code), word(code.word)) + then;
      case opcode::read_retry:
        return fmt::format("{0} = ({0} != {1} -> 1 : 0); ", reg(code), word(code.word)) + then;
      default:
        return access(code) + then;
    }
  }
  std::string access(const instruction& code) const {
    const auto value = part_of(code);
    const auto& result = reg(code);
    switch (code.code) {
      case opcode::load:
        return fmt::format("{} = {}; ", result, value);
      case opcode::store:
        return store_part(code, operand(code));
      case opcode::count:
        return store_part(code, value + " + " + operand(code));
      case opcode::compare_exchange:
        return either(fmt::format("{} == {}", value, code.other),
                      store_part(code, operand(code)) + result + " = 1; ", result + " = 0; ");
      default: {
        // The operand may be the register that the old value goes to.
        const auto added = code.code == opcode::add ? value + " + " : "";
        return fmt::format("old = {}; ", value) + store_part(code, added + operand(code)) +
               fmt::format("{} = old; old = 0; ", result);
      }
    }
  }

  std::string take(const instruction& code) const {
    if (code.mode == checker_lock_write) {
      return fmt::format("{} = {}; ", writer(code.word), thread_ + 1);
    }
    return fmt::format("{}++; ", readers(code.word, thread_));
  }
  std::string release(const instruction& code) const {
    return (code.mode == checker_lock_write ? writer(code.word) + " = 0; "
                                            : readers(code.word, thread_) + "--; ") +
           run_hooks(trigger::release);
  }
  /// Whether the thread may release it; a bit lock is anybody's.
  std::string holds_as(const instruction& code) const {
    if (program_.locks[code.word].kind == checker_lock_bit) return writer(code.word) + " != 0";
    if (code.mode == checker_lock_read) return readers(code.word, thread_) + " != 0";
    return fmt::format("{} == {}", writer(code.word), thread_ + 1);
  }

 private:
  const program_spec& program_;
  std::size_t program_index_, thread_;
  const thread_code& code_;
  promela::place_numbers places_;
  bool hooks_on_stores_ = false;
  unsigned used_registers_ = 0, used_locks_ = 0;  ///< as bits
  std::set<std::size_t> stood_at_;                ///< places that some d_step leaves the thread at
  d_step now_;
};

}  // namespace

std::set<int> promela::subclasses_of(const thread_code& thread, unsigned lock) {
  std::set<int> found;
  for (const auto& operation : thread) {
    for (const auto& code : operation) {
      if (takes_lock(code) && code.word == lock) found.insert(code.subclass);
    }
  }
  return found;
}

std::string promela::thread_process(const program_spec& program, std::size_t program_number,
                                    std::size_t thread) {
  return thread_writer(program, program_number, thread).process();
}

}  // namespace checker::generated
