// SPDX-License-Identifier: GPL-2.0-only
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checker/intercept/arena.hpp"
#include "checker/run/registry.hpp"
#include "checker/toys/transfer.hpp"

namespace checker::toys {
namespace {

constexpr std::uint64_t initial_balance = 100;
constexpr std::uint64_t amount = 10;

class transfer_program final : public program {
 public:
  transfer_program(std::int64_t transfers, std::string patch)
      : transfers_(transfers), patch_(std::move(patch)) {}

  void setup() override {
    alice_ = make_account("account A", "A lock");
    bob_ = make_account("account B", "B lock");
  }

  std::vector<thread_spec> threads() override {
    thread_spec there{"there", {}}, back{"back", {}};
    for (std::int64_t i = 0; i < transfers_; ++i) {
      there.operations.push_back({"transfer(A, B)", [this] { move(alice_, bob_); }});
      back.operations.push_back({"transfer(B, A)", [this] { move(bob_, alice_); }});
    }
    return {std::move(there), std::move(back)};
  }

  void at_end() override {
    if (alice_->balance != initial_balance || bob_->balance != initial_balance) {
      checker_violation("balance", "A has %lu and B has %lu, each should have %lu", alice_->balance,
                        bob_->balance, initial_balance);
    }
  }

  place describe(const void* address) const override {
    if (address == &alice_->balance) return {"A balance"};
    if (address == &bob_->balance) return {"B balance"};
    return {};
  }

  std::string describe_value(const void* address, std::uint64_t value) const override {
    return describe(address).name.empty() ? "" : std::to_string(value);
  }

 private:
  static account* make_account(const char* lock_class, const char* lock_name) {
    auto* made = arena_new<account>();
    checker_lock_init(&made->lock, checker_lock_spin, lock_class, lock_name);
    made->balance = initial_balance;
    return made;
  }

  void move(account* from, account* to) {
    if (patch_ == "unlocked") {
      transfer_unlocked(from, to, amount);
    } else {
      // In one order whichever way the money goes, or two transfers can wait for each other.
      transfer(from, to, patch_ == "lock-order" ? from : alice_, amount);
    }
  }

  std::int64_t transfers_;
  std::string patch_;
  account* alice_ = nullptr;
  account* bob_ = nullptr;
};

registry::registration transfer_registered{[] {
  registry::add(scenario{
      .name = "toy/transfer",
      .summary = "two threads move money between two locked accounts",
      .parameters = {{"transfers", "transfers of each thread", 1, 1, 4}},
      .kernels = {},
      .in_default_suite = false,
      .data_races = data_race_policy::report,
      .expected_violations = {{"lock-order", {"deadlock"}}, {"unlocked", {"balance"}}},
      .make =
          [](const parameter_values& values, const std::string&, const std::string& patch) {
            return std::make_unique<transfer_program>(values.at("transfers"), patch);
          },
  });
  registry::add(patch{"lock-order", "", "each transfer takes the lock of the paying side first"});
  registry::add(patch{"unlocked", "", "transfers take no lock"});
}};

}  // namespace
}  // namespace checker::toys
