// SPDX-License-Identifier: GPL-2.0-only
#include <memory>
#include <string>
#include <vector>

#include "checker/intercept/arena.hpp"
#include "checker/run/registry.hpp"
#include "checker/toys/publish.hpp"

namespace checker::toys {
namespace {

class publish_program final : public program {
 public:
  publish_program(bool write_barrier, bool read_barrier)
      : write_barrier_(write_barrier), read_barrier_(read_barrier) {}

  void setup() override { shared_ = arena_new<published>(); }

  std::vector<thread_spec> threads() override {
    return {{"writer", {{"publish()", [this] { publish(shared_, write_barrier_); }}}},
            {"reader", {{"look()", [this] { look(shared_, read_barrier_); }}}}};
  }

  place describe(const void* address) const override {
    if (address == &shared_->data) return {"data"};
    if (address == &shared_->ready) return {"ready"};
    return {};
  }

  std::string describe_value(const void* address, std::uint64_t value) const override {
    return describe(address).name.empty() ? "" : std::to_string(value);
  }

 private:
  bool write_barrier_, read_barrier_;
  published* shared_ = nullptr;
};

registry::registration publish_registered{[] {
  registry::add(scenario{
      .name = "toy/publish",
      .summary = "one thread fills a word and says so, another looks",
      .parameters = {{"write_barrier", "1: smp_wmb() before it says so", 1, 0, 1},
                     {"read_barrier", "1: smp_rmb() before it looks at the word", 1, 0, 1}},
      .kernels = {},
      .in_default_suite = false,
      .data_races = data_race_policy::report,
      .expected_violations = {},
      .make =
          [](const parameter_values& values, const std::string&, const std::string&) {
            return std::make_unique<publish_program>(values.at("write_barrier") != 0,
                                                     values.at("read_barrier") != 0);
          },
  });
}};

}  // namespace
}  // namespace checker::toys
