// SPDX-License-Identifier: GPL-2.0-only
#include <string>

#include "checker/intercept/arena.hpp"
#include "checker/run/registry.hpp"
#include "checker/toys/fork_faults.hpp"

namespace checker::toys {
namespace {

class fork_faults_program final : public program {
 public:
  fork_faults_program(int pages, int faulters) : pages_(pages), faulters_(faulters) {}

  void setup() override {
    tables_ = arena_new<fork_faults>();
    checker_lock_init(&tables_->src_lock, checker_lock_spin, "src", "src");
    checker_lock_init(&tables_->dst_lock, checker_lock_spin, "dst", "dst");
    for (int i = 0; i < pages_; ++i) tables_->src[i] = 3;
  }

  std::vector<thread_spec> threads() override {
    std::vector<thread_spec> result;
    result.push_back({"copier", {{"copy", [this] { copy(tables_, pages_); }}}});
    for (int i = 0; i < faulters_; ++i) {
      thread_spec faulter{"faulter " + std::to_string(i), {}};
      for (int page = 0; page < pages_; ++page) {
        faulter.operations.push_back(
            {"fault(" + std::to_string(page) + ")", [this, page] { fault(tables_, page); }});
      }
      result.push_back(std::move(faulter));
    }
    return result;
  }

  std::vector<std::uint32_t> interchangeable_threads() const override {
    return {(std::uint32_t{1} << (faulters_ + 1)) - 2};  // all but the copier
  }

  place describe(const void* address) const override {
    const auto* const word = static_cast<const std::uint64_t*>(address);
    if (word >= tables_->src && word < tables_->src + max_pages) {
      return {"src[" + std::to_string(word - tables_->src) + "]"};
    }
    if (word >= tables_->dst && word < tables_->dst + max_pages) {
      return {"dst[" + std::to_string(word - tables_->dst) + "]"};
    }
    return {};
  }

 private:
  int pages_, faulters_;
  fork_faults* tables_ = nullptr;
};

const registry::registration fork_faults_registered{[] {
  scenario value;
  value.name = "toy/fork_faults";
  value.summary = "one thread copies P entries under two locks, F threads set a bit in each";
  value.parameters = {{"pages", "entries to copy", 2, 1, max_pages},
                      {"faulters", "threads that fault", 1, 1, 7}};
  value.in_default_suite = false;
  value.data_races = data_race_policy::off;
  value.make = [](const parameter_values& set, const std::string&, const std::string&) {
    return std::make_unique<fork_faults_program>(static_cast<int>(set.at("pages")),
                                                 static_cast<int>(set.at("faulters")));
  };
  registry::add(std::move(value));
}};

}  // namespace
}  // namespace checker::toys
