// SPDX-License-Identifier: GPL-2.0-only
// Keeps what the compiler made of cut texts in the user's cache, so that only a text that changed
// is compiled again:
//
//   compiled/KEY.s    marked assembly, below a line with a hash of it
//
// KEY is the hash of all that goes into it, which is the caller's to say. An entry that is damaged
// counts as none. Several processes may use the folder at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace checker::source {

/// Together; those used last are kept.
constexpr std::uintmax_t most_compiled_bytes = 64U << 20;

std::optional<std::string> kept_assembly(const std::string& key);

/// Does nothing where the cache can't be written: it is only there to save time.
void keep_assembly(const std::string& key, std::string_view assembly,
                   std::uintmax_t most_bytes = most_compiled_bytes);

}  // namespace checker::source
