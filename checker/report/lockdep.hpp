// SPDX-License-Identifier: GPL-2.0-only
// Lock violations in the words of the kernel's lock validator.
#pragma once

#include <string>

#include "checker/trace/trace.hpp"

namespace checker::report {

/// What lockdep would have printed: recursive locking, a circular dependency (from a deadlock or
/// from an inversion), and for any other violation the locks each thread held. At most 80 columns.
std::string lockdep(const trace::document& document);

}  // namespace checker::report
