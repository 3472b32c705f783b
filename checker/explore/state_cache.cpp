// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/state_cache.hpp"

#include "checker/intercept/hash.hpp"

namespace checker::explore {

void state_cache::add(summary& to, const access& what) {
  const auto [found, fresh] =
      numbers_.try_emplace(what, static_cast<std::uint32_t>(accesses_.size()));
  if (fresh) accesses_.push_back(what);
  const std::size_t word = found->second / 64;
  if (to.size() <= word) to.resize(word + 1, 0);
  to[word] |= std::uint64_t{1} << (found->second % 64);
}

void state_cache::merge(summary& into, const summary& other) {
  if (into.size() < other.size()) into.resize(other.size(), 0);
  for (std::size_t i = 0; i < other.size(); ++i) into[i] |= other[i];
}

std::size_t state_cache::slot_of(const state_key& key) const {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = key.low & mask;
  while (table_[at].summary != no_summary && table_[at].key != key) at = (at + 1) & mask;
  return at;
}

state_cache::known_state state_cache::find(const state_key& key) const {
  if (table_.empty()) return {};
  const auto& known = table_[slot_of(key)];
  if (known.summary == no_summary) return {};
  return {summaries_[known.summary], known.sleep};
}

void state_cache::store(const state_key& key, thread_set sleep, const summary& below) {
  if (table_.empty()) table_.resize(4096);
  auto* known = &table_[slot_of(key)];
  if (known->summary != no_summary) {
    if ((sleep & ~known->sleep) == 0) *known = {key, intern(below), sleep};
    return;
  }
  if ((used_ + 1) * 4 > table_.size() * 3) {
    // Twice the size would be more than allowed: what is stored stays, nothing is added.
    if (bytes() + table_.size() * sizeof(entry) > capacity_) {
      closed_ = true;
      return;
    }
    grow();
    known = &table_[slot_of(key)];
  }
  *known = {key, intern(below), sleep};
  ++used_;
}

void state_cache::grow() {
  std::vector<entry> smaller(table_.size() * 2);
  smaller.swap(table_);
  for (const auto& old : smaller) {
    if (old.summary != no_summary) table_[slot_of(old.key)] = old;
  }
}

std::uint32_t state_cache::intern(const summary& members) {
  const auto [found, fresh] =
      interned_.try_emplace(members, static_cast<std::uint32_t>(summaries_.size()));
  if (fresh) {
    summaries_.push_back(&found->first);
    summary_bytes_ += members.size() * sizeof(std::uint64_t) + sizeof(summary) + 4 * sizeof(void*);
  }
  return found->second;
}

std::size_t state_cache::access_hash::operator()(const access& what) const {
  const auto code =
      static_cast<std::uint64_t>(what.item.bits()) << 8 | static_cast<unsigned>(what.thread);
  return fold(code ^ 0x9e3779b97f4a7c15ULL, what.held.exclusive * 31 + what.held.shared + 1);
}

std::size_t state_cache::summary_hash::operator()(const summary& members) const {
  std::uint64_t hash = members.size();
  for (const auto bits : members) hash = fold(hash ^ bits, 0x9e3779b97f4a7c15ULL) + 1;
  return hash;
}

}  // namespace checker::explore
