// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/cpu.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "checker/report/relevance.hpp"
#include "checker/report/text.hpp"
#include "checker/report/timeline.hpp"

namespace checker::report {
namespace {

constexpr int text_width = 72;
constexpr std::size_t least_rows = 6, most_rows = 24;

std::string ascii(std::string_view text) {
  std::string plain;
  for (const char c : printable(text)) {
    if (static_cast<unsigned char>(c) < 0x80) plain += c;
    if (static_cast<unsigned char>(c) >= 0xc0) plain += '?';
  }
  return plain;
}

/// The kernel's function for an operation on a lock of that kind.
std::string lock_call(const trace::step& step, std::string_view kind) {
  const bool read = step.mode == trace::lock_mode::read;
  const bool release = step.kind == trace::step_kind::unlock;
  const bool attempt = step.kind == trace::step_kind::trylock;
  if (kind == "rwsem") {
    const std::string_view side = read ? "read" : "write";
    return fmt::format("{}_{}{}", release ? "up" : "down", side, attempt ? "_trylock" : "");
  }
  const std::string_view verb = release ? "unlock" : attempt ? "trylock" : "lock";
  if (kind == "spinlock") return fmt::format("spin_{}", verb);
  if (kind == "mutex") return fmt::format("mutex_{}", verb);
  if (kind == "bit lock") {
    // lock_page() for the class "page_lock".
    const std::string_view name = step.lock_class;
    const bool named = name.ends_with("_lock") && name.size() > 5;
    return fmt::format("{}_{}", verb, named ? ascii(name.substr(0, name.size() - 5)) : "bit");
  }
  return std::string(verb);
}

class cpu_writer {
 public:
  explicit cpu_writer(const trace::document& document)
      : document_(document),
        rows_(timeline_of(document, choose_steps(document, least_rows, most_rows))) {
    // Threads that do nothing here get no column.
    std::vector<bool> shown(std::max<std::size_t>(1, document.threads.size()), false);
    for (const timeline_row& row : rows_) shown[static_cast<std::size_t>(row.thread)] = true;
    shown[static_cast<std::size_t>(last_thread())] = true;
    for (const bool each : shown) column_of_.push_back(each ? columns_++ : 0);
    column_width_ = text_width / columns_;
  }

  std::string write() {
    std::string heads, rules;
    for (int i = 0; i < columns_; ++i) {
      const auto offset = static_cast<std::size_t>(i * column_width_);
      heads.resize(offset, ' ');
      rules.resize(offset, ' ');
      heads += fmt::format("CPU{}", i);
      rules += "----";
    }
    text_ = heads + "\n" + rules + "\n";
    for (const timeline_row& row : rows_) print(row);
    const int thread = document_.result.waits.empty() ? last_thread() : 0;
    shown_last_ = thread;
    put(thread, 0, fmt::format("*** {} ***", ascii(document_.result.kind)));
    return std::move(text_);
  }

 private:
  int last_thread() const { return std::max(document_.result.thread, 0); }
  int offset_of(int thread) const {
    return column_of_[static_cast<std::size_t>(thread)] * column_width_;
  }

  void put(int thread, int depth, const std::string& words) {
    // An empty line where another CPU goes on, as changelogs have it.
    if (begun_ && thread != shown_last_) text_ += "\n";
    begun_ = true;
    shown_last_ = thread;
    // A line belongs to one thread alone, so it may run on below the next column, but not so far
    // that it seems to stand there.
    const int offset = offset_of(thread);
    const int room = std::min(text_width - offset, column_width_ + 16);
    const int step = columns_ > 2 ? 1 : 2;
    const int indent = std::min(depth * step, room / 2);
    for (const std::string& line : wrap(words, room - indent, 2))
      text_.append(static_cast<std::size_t>(offset + indent), ' ').append(line).append("\n");
  }

  void print(const timeline_row& row) {
    switch (row.kind) {
      case timeline_row::type::repeats:
        text_ += begun_ ? "\n" : "";
        text_ += ",-- repeats for ever from here\n";
        begun_ = false;
        break;
      case timeline_row::type::repeated:
        text_ += "`-- everything is as it was at the beginning of this\n";
        break;
      case timeline_row::type::operation:
        put(row.thread, 0, ascii(row.name));
        break;
      case timeline_row::type::call:
        put(row.thread, row.depth, ascii(row.name) + "()");
        break;
      case timeline_row::type::folded:
        break;
      case timeline_row::type::blocked:
        put(row.thread, row.depth, waiting_call(row));
        break;
      case timeline_row::type::step:
        put(row.thread, row.depth, words_of(document_.steps[static_cast<std::size_t>(row.step)]));
        break;
    }
  }

  std::string waiting_call(const timeline_row& row) const {
    trace::step step;
    step.kind = trace::step_kind::lock;
    for (const trace::wait& wait : document_.result.waits)
      if (wait.lock == row.name) step.lock_class = wait.lock_class;
    return fmt::format("{}({}) ", lock_call(step, lock_kind_of(document_, row.name)),
                       ascii(row.name)) +
           glue(" <-- waits");
  }

  std::string words_of(const trace::step& step) const {
    std::string object = ascii(step.object);
    switch (step.kind) {
      case trace::step_kind::lock:
      case trace::step_kind::trylock:
      case trace::step_kind::unlock: {
        const std::string call = lock_call(step, lock_kind_of(document_, step.object));
        std::string arguments = object;
        const bool nested = step.subclass > 0 && step.kind == trace::step_kind::lock;
        if (nested) arguments += fmt::format(", {}", step.subclass);
        std::string words = fmt::format("{}{}({})", call, nested ? "_nested" : "", arguments);
        if (step.kind == trace::step_kind::trylock)
          words += step.after == "0" ? " fails" : " succeeds";
        return words;
      }
      case trace::step_kind::atomic:
        return object;
      case trace::step_kind::choice:
        return fmt::format("{} = {}", object, ascii(step.after));
      default: {
        const step_words words = describe(step);
        return glue(words.verb + " ") + ascii_glued(words);
      }
    }
  }

  static std::string ascii_glued(step_words words) {
    for (std::string& part : words.parts) part = ascii(part);
    return words.glued_rest();
  }

  const trace::document& document_;
  std::vector<timeline_row> rows_;
  std::vector<int> column_of_;  ///< of each thread
  int columns_ = 0;
  int column_width_ = text_width;
  bool begun_ = false;
  int shown_last_ = 0;  ///< thread of the line before
  std::string text_;
};

}  // namespace

std::string cpu(const trace::document& document) { return cpu_writer(document).write(); }

}  // namespace checker::report
