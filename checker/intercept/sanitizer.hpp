// SPDX-License-Identifier: GPL-2.0-only
// What the address sanitizer must be told: nothing, in other builds.
#pragma once

#include <cstddef>

#ifdef __SANITIZE_ADDRESS__
#define CHECKER_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHECKER_ADDRESS_SANITIZER 1
#endif
#endif

#ifdef CHECKER_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace checker {

/// The frames in the `size` bytes below `base` are about to be left by longjmp: nothing there is
/// poisoned any more. The sanitizer does so itself for stacks that it knows, but not for fibers'.
inline void leave_frames([[maybe_unused]] const char* base, [[maybe_unused]] std::size_t size) {
#ifdef CHECKER_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(base - size, size);
#endif
}

}  // namespace checker
