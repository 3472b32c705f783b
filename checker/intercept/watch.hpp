// SPDX-License-Identifier: GPL-2.0-only
// Which words of the arena call program::on_watched_store() when they are stored to.
#pragma once

#include <vector>

namespace checker {

/// One flag per word of the arena; set by watch(), cleared by arena_reset().
std::vector<bool>& watched_words();

}  // namespace checker
