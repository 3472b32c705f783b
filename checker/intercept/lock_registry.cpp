// SPDX-License-Identifier: GPL-2.0-only
#include "checker/intercept/lock_registry.hpp"

namespace checker {

lock_registry& lock_registry::instance() {
  static lock_registry registry;
  return registry;
}

void lock_registry::clear() {
  classes_.clear();
  names_.clear();
}

std::uint32_t lock_registry::intern_class(std::string_view name, checker_lock_kind kind) {
  for (std::uint32_t i = 0; i < classes_.size(); ++i) {
    if (classes_[i].name == name && classes_[i].kind == kind) return i;
  }
  classes_.push_back({std::string(name), kind});
  return static_cast<std::uint32_t>(classes_.size() - 1);
}

void lock_registry::name_instance(const checker_lock* lock, std::string_view name) {
  auto& known = names_[lock];
  if (known != name) known = name;
}

const lock_class& lock_registry::class_of(const checker_lock* lock) const {
  static const lock_class unknown{"lock never initialised", checker_lock_spin};
  return lock->lock_class < classes_.size() && names_.contains(lock) ? classes_[lock->lock_class]
                                                                     : unknown;
}

const std::string& lock_registry::name_of(const checker_lock* lock) const {
  static const std::string unknown = "lock never initialised";
  const auto found = names_.find(lock);
  return found == names_.end() ? unknown : found->second;
}

std::string_view to_string(checker_lock_kind kind) {
  switch (kind) {
    case checker_lock_spin:
      return "spinlock";
    case checker_lock_rwsem:
      return "rwsem";
    case checker_lock_mutex:
      return "mutex";
    case checker_lock_bit:
      return "bit lock";
  }
  return "lock";
}

}  // namespace checker
