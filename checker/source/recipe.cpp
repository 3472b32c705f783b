// SPDX-License-Identifier: GPL-2.0-only
#include "checker/source/recipe.hpp"

#include <optional>
#include <utility>

namespace checker::source {
namespace {

std::optional<recipe>& the_recipe() {
  static std::optional<recipe> value;
  return value;
}

}  // namespace

void provide_recipe(recipe how) { the_recipe() = std::move(how); }

const recipe* known_recipe() { return the_recipe() ? &*the_recipe() : nullptr; }

}  // namespace checker::source
