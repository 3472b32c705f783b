// SPDX-License-Identifier: GPL-2.0-only
// One thread fills a word and then says so, another looks: the smallest program that needs
// barriers, and goes wrong without them under --memory-model c11 only.
#pragma once

#include <cstdint>

namespace checker::toys {

inline constexpr std::uint64_t published_data = 7;

struct published {
  std::uint64_t data, ready;
};

void publish(published* where, bool write_barrier);
/// A violation (stale-data) if the word is ready and does not hold the data.
void look(published* where, bool read_barrier);

}  // namespace checker::toys
