// SPDX-License-Identifier: GPL-2.0-only
// Accesses that GCC's thread instrumentation leaves out: a structure in memory that is passed by
// value ("present(*ptep)", where pte_t is one), or into which a function's result goes. Such a load
// would be a step that nobody sees. A function that is forced inline is not concerned.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace checker::source {

/// From what -fdump-tree-optimized-lineno wrote: "FILE:LINE: CALL" for each. Structures that the
/// pointers named in `on_the_stack` point to are no shared memory.
std::vector<std::string> unseen_accesses(std::string_view listing,
                                         const std::vector<std::string>& on_the_stack);

}  // namespace checker::source
