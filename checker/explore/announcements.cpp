// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/announcements.hpp"

#include <fmt/format.h>

#include "checker/detect/trap.hpp"
#include "checker/intercept/execution.hpp"
#include "checker/trace/symbolize.hpp"

namespace checker::explore {
namespace {

constexpr std::uint64_t most_steps = 2'000;

/// Each thread runs as far as it can. The trap is armed between the engine's own work before and
/// after the execution.
class one_run final : public strategy {
 public:
  explicit one_run(trap& watching) : watching_(watching) {}

  void begin_execution() override { watching_.arm(); }
  int pick(const moment& now) override {
    if (now.current >= 0 && (now.enabled >> now.current & 1) != 0) return now.current;
    return __builtin_ctz(now.enabled);
  }
  void executed(int /*thread*/, footprint /*touched*/, const lockset& /*held*/) override {}
  unsigned choose(int /*thread*/, unsigned /*alternatives*/) override { return 0; }
  bool end_execution(outcome /*how*/, std::span<const blocked_thread> /*blocked*/) override {
    watching_.disarm();
    return true;
  }

 private:
  trap& watching_;
};

}  // namespace

std::string unannounced_access(program& subject) {
  if (!trap::possible()) return {};
  trap watching;
  execution engine(subject, data_race_policy::off, most_steps);
  one_run once(watching);
  engine.explore(once, [](outcome) { return true; });
  if (watching.unseen().empty()) return {};
  const auto& first = watching.unseen().front();
  trace::symbolizer names;
  // A return address lies behind its call; this is the instruction itself.
  const auto frame = names.frames_at(first.pc + 1).back();
  const auto place = subject.describe(reinterpret_cast<const void*>(first.address)).name;
  return fmt::format(
      "{} ({}:{}) {} {} without announcing it: it is not compiled as code under test",
      frame.function, frame.file, frame.line, first.writes ? "writes" : "reads",
      place.empty() ? fmt::format("{:#x}", first.address) : place);
}

}  // namespace checker::explore
