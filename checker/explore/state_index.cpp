// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/state_index.hpp"

#include <algorithm>
#include <vector>

namespace checker::explore {
namespace {

constexpr std::size_t first_slots = 4096;

}  // namespace

state_index::state_index(std::size_t max_slots)
    : entries_(std::max(first_slots, std::bit_floor(max_slots))) {
  slots_[0] = first_slots;
}

void state_index::add(const state_key& key, std::uint32_t number) {
  const auto mask = slots() - 1;
  auto slot = first_slot(tag_of(key), slots());
  while (!is_free(slot)) slot = (slot + 1) & mask;
  entries_[slot] = entry_for(key, number);
}

void state_index::prepare_to_grow(std::uint64_t states) {
  const auto now = slots();
  if (now * 2 <= entries_.capacity() && states * 8 > now * 5) entries_.prefault(now * 2);
}

bool state_index::grow() {
  const auto before = slots();
  const auto after = before * 2;
  if (after > entries_.capacity()) return false;
  entries_.prefault(after);
  // From the last to the first, each goes to about twice its place: behind those still to come.
  std::vector<std::uint64_t> others;
  for (std::uint64_t slot = before; slot-- > 0;) {
    const auto entry = entries_[slot].load(std::memory_order_relaxed);
    if (entry == 0) continue;
    entries_[slot].store(0, std::memory_order_relaxed);
    auto to = first_slot(tag_in(entry), after);
    if (to >= slot) {
      while (to < after && !is_free(to)) ++to;
    }
    if (to < slot || to == after) {
      others.push_back(entry);  // its place is not free for certain until all have gone
    } else {
      entries_[to].store(entry, std::memory_order_relaxed);
    }
  }
  for (const auto entry : others) {
    auto to = first_slot(tag_in(entry), after);
    while (!is_free(to)) to = (to + 1) & (after - 1);
    entries_[to].store(entry, std::memory_order_relaxed);
  }
  slots_[0] = after;
  return true;
}

bool state_index::make_room(std::uint64_t states) {
  auto to = slots();
  while (!has_room(states, to)) to *= 2;
  if (to > entries_.capacity()) return false;
  slots_[0] = to;
  return true;
}

}  // namespace checker::explore
