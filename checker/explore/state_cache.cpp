// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/state_cache.hpp"

#include "checker/intercept/hash.hpp"

namespace checker::explore {

void state_cache::add(summary& to, int thread, footprint_item item) {
  const auto code = static_cast<std::uint64_t>(item.bits()) << 8 | static_cast<unsigned>(thread);
  const auto [found, fresh] = numbers_.try_emplace(code, accesses_.size());
  if (fresh) accesses_.push_back({thread, item});
  const std::size_t word = found->second / 64;
  if (to.size() <= word) to.resize(word + 1, 0);
  to[word] |= std::uint64_t{1} << (found->second % 64);
}

void state_cache::merge(summary& into, const summary& other) {
  if (into.size() < other.size()) into.resize(other.size(), 0);
  for (std::size_t i = 0; i < other.size(); ++i) into[i] |= other[i];
}

state_cache::known_state state_cache::find(const state_key& key) const {
  const auto found = states_.find(key);
  if (found == states_.end()) return {};
  return {summaries_[found->second.summary], found->second.sleep};
}

void state_cache::store(const state_key& key, thread_set sleep, const summary& below) {
  const auto found = states_.find(key);
  if (found != states_.end()) {
    auto& known = found->second;
    if ((sleep & ~known.sleep) != 0) return;
    known = {intern(below), sleep};
    return;
  }
  if (full()) return;
  states_.emplace(key, entry{intern(below), sleep});
  // Key, entry, the node's link and its share of the bucket array.
  bytes_ += sizeof(state_key) + sizeof(entry) + 3 * sizeof(void*);
}

std::uint32_t state_cache::intern(const summary& members) {
  const auto [found, fresh] =
      interned_.try_emplace(members, static_cast<std::uint32_t>(summaries_.size()));
  if (fresh) {
    summaries_.push_back(&found->first);
    bytes_ += members.size() * sizeof(std::uint64_t) + sizeof(summary) + 4 * sizeof(void*);
  }
  return found->second;
}

std::size_t state_cache::summary_hash::operator()(const summary& members) const {
  std::uint64_t hash = members.size();
  for (const auto bits : members) hash = fold(hash ^ bits, 0x9e3779b97f4a7c15ULL) + 1;
  return hash;
}

}  // namespace checker::explore
