// SPDX-License-Identifier: GPL-2.0-only
#include "scenarios/world_program.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "model/invariants/hooks.hpp"
#include "model/patch.hpp"
#include "model/world/kernel.hpp"
#include "model/world/operations.hpp"
#include "scenarios/describe.hpp"
#include "scenarios/imported.hpp"

namespace scenarios {
namespace {

namespace operations = model::operations;

class world_program final : public checker::program {
 public:
  world_program(plan what, std::string kernel, std::string patch)
      : plan_(std::move(what)), kernel_(std::move(kernel)), patch_(std::move(patch)) {}

  void setup() override {
    // The command line has checked both names against the registry.
    if (!model::select_kernel(kernel_.c_str()) ||
        !model::apply_patch(kernel_.c_str(), patch_.c_str())) {
      std::abort();
    }
    model::build_world(plan_.world);
    plan_.populate();
    model::finish_world();
  }

  std::vector<checker::thread_spec> threads() override { return plan_.threads; }

  void on_watched_store(void* address) override { model::invariants::on_watched_store(address); }
  void on_lock_released(checker_lock* lock) override { model::invariants::on_lock_released(lock); }
  void on_operation_end(int thread, int index) override {
    model::invariants::on_operation_end(thread, index);
  }
  void at_end() override { model::invariants::at_end(); }

  std::vector<std::string> choices() const override {
    std::vector<std::string> labels;
    // v4.14 looks at it in fork alone.
    const bool looks = (plan_.needs & needs_fork) != 0 || model::imported_kernel == model::kernel;
    if (plan_.world.need_resched && looks) labels.emplace_back(model::need_resched_name);
    for (unsigned i = 0; i < static_cast<unsigned>(model::alloc_site::count); ++i) {
      if ((plan_.world.failing_sites >> i & 1) != 0) {
        labels.emplace_back(model::failure_name(static_cast<model::alloc_site>(i)));
      }
    }
    return labels;
  }

  std::vector<std::string> code_folders() const override {
    if (model::kernel == nullptr || model::imported_kernel == model::kernel) return {};
    if (!model::shares_tables()) return {"model/v4_14"};
    return {"model/v4_14", "model/cow_pte"};
  }

  checker::place describe(const void* address) const override { return describe_place(address); }
  std::string describe_value(const void* address, std::uint64_t value) const override {
    return scenarios::describe_value(address, value);
  }
  const checker_lock* rule_lock(const void* address) const override {
    return scenarios::rule_lock(address);
  }

 private:
  plan plan_;
  std::string kernel_, patch_;
};

}  // namespace

void add_thread(plan& target, const std::string& name, int mm, std::vector<operation> operations) {
  target.world.cpu_mm[target.threads.size()] = mm;
  checker::thread_spec thread{name, {}};
  for (operation& each : operations) {
    target.needs |= each.needs;
    thread.operations.push_back(std::move(each));
  }
  target.threads.push_back(std::move(thread));
  target.world.threads = static_cast<unsigned>(target.threads.size());
}

operation write(unsigned vpn, unsigned value) {
  return {{fmt::format("write(page {}, {})", vpn, value), [=] { operations::write(vpn, value); }},
          needs_faults};
}

operation read(unsigned vpn) {
  return {{fmt::format("read(page {})", vpn), [=] { operations::read(vpn); }}, needs_faults};
}

operation fork(unsigned parent, unsigned child) {
  return {{fmt::format("fork({} -> {})", model::mm_name(parent), model::mm_name(child)),
           [=] { operations::fork(parent, child); }},
          needs_fork};
}

operation wait_for_fork(unsigned child) {
  return {{"start", [=] { operations::wait_for_fork(child); }}, 0};
}

operation swapoff() {
  return {{"swapoff()", [] { operations::swapoff(); }}, needs_swapoff};
}

operation reclaim(unsigned vpn) {
  return {{fmt::format("reclaim(page {})", vpn), [=] { operations::reclaim(vpn); }}, needs_reclaim};
}

operation reclaim_mapped(unsigned vpn) {
  return {
      {fmt::format("reclaim(page mapped at {})", vpn), [=] { operations::reclaim_mapped(vpn); }},
      needs_reclaim};
}

operation munmap(unsigned mm) {
  return {{fmt::format("munmap({})", model::mm_name(mm)), [=] { operations::munmap(mm); }},
          needs_unmap};
}

operation exit(unsigned mm) {
  return {{fmt::format("exit({})", model::mm_name(mm)), [=] { operations::exit(mm); }},
          needs_unmap};
}

operation wait_for_break() {
  return {{"wait until the table is broken", [] { operations::wait_for_break(); }}, needs_built_in};
}

operation dontneed(unsigned mm, unsigned vpn) {
  return {{fmt::format("madvise({}, page {}, DONTNEED)", model::mm_name(mm), vpn),
           [=] { operations::dontneed(mm, vpn); }},
          needs_built_in};
}

operation referenced(unsigned vpn) {
  return {{fmt::format("page_referenced(page {})", vpn), [=] { operations::referenced(vpn); }},
          needs_built_in};
}

operation oom_reap(unsigned mm) {
  return {{fmt::format("oom_reap({})", model::mm_name(mm)), [=] { operations::oom_reap(mm); }},
          needs_unmap};
}

operation compare_tables(unsigned child, unsigned parent) {
  return {{fmt::format("compare_tables({}, {})", model::mm_name(child), model::mm_name(parent)),
           [=] { operations::compare_tables(child, parent); }},
          0};
}

std::unique_ptr<checker::program> make_program(plan what, const std::string& kernel,
                                               const std::string& patch) {
  return std::make_unique<world_program>(std::move(what), kernel, patch);
}

std::vector<checker::parameter> common_parameters(std::int64_t pages) {
  return {{"pages", "pages of user memory", pages, 1, model::max_user_pages},
          {"ptes_per_table", "entries of a PTE table", 4, 1, 16}};
}

checker::scenario swapped_scenario(const char* name, const char* summary) {
  checker::scenario value;
  value.name = name;
  value.summary = summary;
  value.parameters = common_parameters();
  value.parameters.push_back({"cached", "1: the swapped page is still in the swap cache", 0, 0, 1});
  return value;
}

checker::scenario large_swapped_scenario(const char* name, const char* summary) {
  checker::scenario value = swapped_scenario(name, summary);
  value.parameters.back().default_of_imported = 1;
  return value;
}

plan plan_from(const checker::parameter_values& set) {
  plan result;
  result.world.pages = static_cast<unsigned>(set.at("pages"));
  result.world.ptes_per_table = static_cast<unsigned>(set.at("ptes_per_table"));
  return result;
}

plan swapped_plan(const checker::parameter_values& set, bool shared) {
  plan result = plan_from(set);
  result.world.slots = 1;
  const unsigned pages = result.world.pages;
  const bool cached = set.at("cached") != 0;
  result.populate = [=] {
    model::setup_swapped_page(0, initial_value(0), 1, cached);
    for (unsigned vpn = 1; vpn < pages; ++vpn) model::setup_page(vpn, initial_value(vpn));
    if (shared) model::setup_fork(0, 1);
  };
  return result;
}

void register_scenario(checker::scenario value, plan_maker make) {
  // Those for kernels of their own say nothing of an imported one.
  const bool for_imported = value.kernels.empty();
  if (for_imported) value.kernels = {"v4.14"};
  if (for_imported)
    value.needs = [make](const checker::parameter_values& set, const std::string& kernel) {
      return missing_in(kernel, make(set));
    };
  value.make = [make](const checker::parameter_values& set, const std::string& kernel,
                      const std::string& patch) { return make_program(make(set), kernel, patch); };
  checker::registry::add(std::move(value));
}

}  // namespace scenarios
