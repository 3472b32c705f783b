// SPDX-License-Identifier: GPL-2.0-only
// Names and kinds of the locks in the arena, as checker_lock_init() gave them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "checker/intercept/api.h"

namespace checker {

struct lock_class {
  std::string name;
  checker_lock_kind kind;

  /// A holder may not sleep.
  bool spins() const { return kind == checker_lock_spin; }
};

/// One per process, emptied by arena_reset(). Class ids are indices in first-use order.
class lock_registry {
 public:
  static lock_registry& instance();

  void clear();
  std::uint32_t intern_class(std::string_view name, checker_lock_kind kind);
  void name_instance(const checker_lock* lock, std::string_view name);

  const lock_class& class_of(const checker_lock* lock) const;
  const std::string& name_of(const checker_lock* lock) const;
  const std::vector<lock_class>& classes() const { return classes_; }

 private:
  std::vector<lock_class> classes_;
  std::unordered_map<const checker_lock*, std::string> names_;
};

std::string_view to_string(checker_lock_kind kind);

/// What is known of each lock of this process.
inline const lock_registry& registered_locks() { return lock_registry::instance(); }

}  // namespace checker
