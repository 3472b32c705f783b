// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/access_sets.hpp"

#include <algorithm>
#include <bit>
#include <mutex>
#include <utility>

#include "checker/intercept/hash.hpp"

namespace checker::explore {
namespace {

// A power of two, and about a thousandth of the memory.
std::size_t memo_entries(std::size_t max_bytes) {
  return std::bit_floor(
      std::clamp<std::size_t>(max_bytes / 1024, std::size_t{1} << 10, std::size_t{1} << 18));
}
constexpr std::size_t max_accesses = std::size_t{1} << 20;

state_key hash_of(const thread_access& access) {
  const auto code =
      static_cast<std::uint64_t>(access.item.bits()) << 8 | static_cast<unsigned>(access.thread);
  state_key key = word_hash(code, access.held.exclusive);
  key ^= word_hash(code ^ 0x8ebc6af09c88c6e3ULL, access.held.shared);
  return key;
}

std::uint64_t hash_of(std::span<const std::uint64_t> members) {
  std::uint64_t hash = members.size();
  for (const auto word : members) hash = fold(hash ^ word, 0x9e3779b97f4a7c15ULL) + 1;
  return hash;
}

}  // namespace

bool race(const thread_access& earlier, const thread_access& later, bool holders_release) {
  if (earlier.thread == later.thread || earlier.item.word() != later.item.word()) return false;
  const auto was = earlier.item.role();
  const auto is = later.item.role();
  // An acquire is never enabled before the release that frees the lock, nor a release before the
  // same thread's acquire, which stands for it.
  if (is == access_role::acquire && was == access_role::release) return false;
  if (holders_release && is == access_role::release && was == access_role::acquire) return false;
  return !commute(earlier.item.mode(), later.item.mode()) && !exclude(earlier.held, later.held);
}

access_sets::access_sets(std::size_t max_bytes, bool holders_release,
                         std::vector<thread_set> merged)
    : holders_release_(holders_release),
      merged_(std::move(merged)),
      counts_(1),
      shared_(counts_.data()),
      accesses_(max_accesses),
      reliance_(max_accesses),
      places_(std::max<std::size_t>(max_bytes / 64, 1024)),
      words_(std::clamp<std::size_t>(max_bytes / sizeof(std::uint64_t), 4096, 0xffffffff)),
      unions_(memo_entries(max_bytes)),
      numbers_(memo_entries(max_bytes)) {
  intern({});  // number 0 is the empty set
}

std::size_t access_sets::bytes() const {
  return shared_->accesses * (sizeof(thread_access) + sizeof(reliance)) +
         shared_->sets * sizeof(place) + shared_->words * sizeof(std::uint64_t);
}

std::vector<std::span<char>> access_sets::sections() const {
  return {bytes_of(accesses_.data(), shared_->accesses),
          bytes_of(reliance_.data(), shared_->accesses), bytes_of(places_.data(), shared_->sets),
          bytes_of(words_.data(), shared_->words)};
}

bool access_sets::resize(const sizes& to) {
  if (to.accesses > accesses_.capacity() || to.sets > places_.capacity() ||
      to.words > words_.capacity()) {
    return false;
  }
  shared_->accesses = to.accesses;
  shared_->sets = to.sets;
  shared_->words = to.words;
  return true;
}

void access_sets::loaded() {
  indexed_accesses_ = indexed_sets_ = 0;
  set_numbers_.clear();
  for (std::uint32_t i = 0; i < shared_->accesses; ++i) {
    if (reliance_[i].relied) shared_->relies = true;
    if (reliance_[i].noisy && reliance_[i].relied) shared_->broken = true;
  }
  catch_up();
}

void access_sets::joined() {
  unions_.forget();
  numbers_.forget();
  places_.forget_prefaulted();
  words_.forget_prefaulted();
}

access_sets::set_number access_sets::of_step(int thread, footprint touched, const lockset& held) {
  state_key key = word_hash(held.exclusive, static_cast<std::uint64_t>(thread));
  key ^= word_hash(~held.shared, static_cast<std::uint64_t>(thread));
  for (std::size_t i = 0; i < touched.size(); ++i) {
    // Placed by its index, so that a word in two roles does not cancel out.
    key ^= word_hash(~(std::uint64_t{i} << 32), touched[i].bits());
  }
  const auto known = steps_.find(key);
  if (known != steps_.end()) return known->second;
  bits members;
  for (const auto item : touched) {
    const auto number = number_of({held, item, thread});
    if (members.size() <= number / 64) members.resize(number / 64 + 1, 0);
    members[number / 64] |= std::uint64_t{1} << (number % 64);
  }
  const auto step = full() ? anything : intern(members);
  if (step == anything) return anything;
  places_[step].is_step = 1;
  spread_noise(step);
  return steps_[key] = step;
}

std::uint32_t access_sets::number_of(const thread_access& access) {
  const auto key = hash_of(access);
  auto known = access_numbers_.find(key);
  if (known != access_numbers_.end()) return known->second;
  const std::lock_guard guard(shared_->lock);
  catch_up();
  known = access_numbers_.find(key);
  if (known != access_numbers_.end()) return known->second;
  return add(access);
}

/// With what other threads may do in this one's place. REQUIRES: the lock is held.
std::uint32_t access_sets::add(const thread_access& access) {
  const auto number = add_alone(access);
  const bool copies_noisy = add_copies(access);
  if (copies_noisy || reliance_[number].noisy) make_noisy(number);
  return number;
}

/// What other threads may do in this one's place, if it is missing. True if some of that is noisy.
/// REQUIRES: the lock is held.
bool access_sets::add_copies(const thread_access& access) {
  bool noisy = false;
  for (const auto set : merged_) {
    if ((set >> access.thread & 1) == 0) continue;
    for (auto rest = set; rest != 0; rest &= rest - 1) {
      auto copy = access;
      copy.thread = __builtin_ctz(rest);
      if (access_numbers_.contains(hash_of(copy))) continue;
      noisy |= reliance_[add_alone(copy)].noisy;
    }
  }
  return noisy;
}

void access_sets::complete_copies() {
  if (merged_.empty()) return;
  const std::lock_guard guard(shared_->lock);
  catch_up();
  for (std::uint32_t number = 0, known = shared_->accesses; number < known; ++number) {
    if (add_copies(accesses_[number]) || reliance_[number].noisy) make_noisy(number);
  }
}

std::uint32_t access_sets::add_alone(const thread_access& access) {
  const auto number = shared_->accesses.load();
  if (number == accesses_.capacity()) {
    shared_->full = true;
    return 0;
  }
  accesses_[number] = access;
  reliance_[number].noisy = reliance_[number].relied = false;  // of one that died half way
  if (find_noise(number)) reliance_[number].noisy = true;
  shared_->accesses.store(number + 1, std::memory_order_release);
  catch_up();
  return number;
}

/// The access and, of threads that may stand for this one, the same.
std::vector<std::uint32_t> access_sets::known_copies(const thread_access& access) const {
  std::vector<std::uint32_t> copies;
  thread_set threads = thread_set{1} << access.thread;
  for (const auto set : merged_) {
    if ((set & threads) != 0) threads |= set;
  }
  for (; threads != 0; threads &= threads - 1) {
    auto copy = access;
    copy.thread = __builtin_ctz(threads);
    const auto known = access_numbers_.find(hash_of(copy));
    if (known != access_numbers_.end()) copies.push_back(known->second);
  }
  return copies;
}

// ---- Quiet accesses ----------------------------------------------------------------------------

/// A new access may race with those that are known, and they with it. True if it does with one.
/// REQUIRES: the lock is held.
bool access_sets::find_noise(std::uint32_t number) {
  const auto& access = accesses_[number];
  const auto known = accesses_of_word_.find(access.item.word());
  if (known == accesses_of_word_.end()) return false;
  bool noisy = false;
  for (const auto other : known->second) {
    noisy |= race(access, accesses_[other], holders_release_);
    if (race(accesses_[other], access, holders_release_)) make_noisy(other);
  }
  return noisy;
}

void access_sets::make_noisy(std::uint32_t number) {
  for (const auto copy : known_copies(accesses_[number])) {
    reliance_[copy].noisy = true;
    if (reliance_[copy].relied) shared_->broken = true;
  }
}

/// Who relies on an access says so before it looks whether it may; who makes it noisy looks after
/// that whether somebody relied on it. So one of them sees the other.
bool access_sets::rely(std::uint32_t number) {
  auto& what = reliance_[number];
  if (what.noisy) return false;
  if (!what.relied) {
    shared_->relies = true;
    what.relied = true;
    if (what.noisy) return false;
  }
  return true;
}

bool access_sets::rely_on(int thread, footprint next, const lockset& held) {
  for (const auto item : next) {
    const thread_access access{held, item, thread};
    const auto code = hash_of(access);
    auto number = numbers_.get(code.low, [&] { return number_of(access); });
    if (!(accesses_[number] == access)) number = number_of(access);
    if (full() || !rely(number)) return false;
  }
  return true;
}

bool access_sets::seems_quiet(int thread, footprint next, const lockset& held) const {
  return std::ranges::all_of(next, [&](footprint_item item) {
    const auto known = access_numbers_.find(hash_of(thread_access{held, item, thread}));
    return known != access_numbers_.end() && !reliance_[known->second].noisy;
  });
}

void access_sets::keep_to_it(set_number touched) {
  if (touched == anything || (touched < kept_.size() && kept_[touched])) return;
  bool quiet = true;
  for_each(touched, [&](const thread_access& access) { quiet &= rely(number_of(access)); });
  if (!quiet) {
    spread_noise(touched);
    return;
  }
  if (kept_.size() <= touched) kept_.resize(touched + std::size_t{1}, false);
  kept_[touched] = true;
}

/// True if an access of the step was not known to be noisy and is now.
bool access_sets::spread_noise(set_number step) {
  bool some = false, all = true;
  for_each(step, [&](const thread_access& access) {
    const bool noisy = reliance_[number_of(access)].noisy;
    some |= noisy;
    all &= noisy;
  });
  if (!some || all) return false;
  for_each(step, [&](const thread_access& access) { make_noisy(number_of(access)); });
  return true;
}

void access_sets::settle_reliance() {
  if (!shared_->relies) return;
  for (bool changed = true; changed;) {
    changed = false;
    for (set_number set = 0; set < shared_->sets; ++set) {
      if (places_[set].is_step != 0 && spread_noise(set)) changed = true;
    }
  }
}

std::vector<learned_access> access_sets::learned() const {
  std::vector<learned_access> all;
  for (std::uint32_t i = 0; i < shared_->accesses; ++i) {
    all.push_back({accesses_[i], !reliance_[i].noisy});
  }
  return all;
}

void access_sets::learn(const std::vector<learned_access>& from) {
  for (const auto& [access, quiet] : from) {
    const auto number = number_of(access);
    if (!quiet) make_noisy(number);
  }
}

access_sets::set_number access_sets::find(std::uint64_t hash, const bits& members) const {
  return set_numbers_.find(hash, [&](set_number set) {
    const auto& where = places_[set];
    return where.length == members.size() &&
           std::equal(members.begin(), members.end(), words_.data() + where.begin);
  });
}

std::uint64_t access_sets::hash_of_set(set_number set) const {
  const auto& where = places_[set];
  return hash_of(std::span(words_.data() + where.begin, where.length));
}

access_sets::set_number access_sets::intern(const bits& members) {
  const auto hash = hash_of(members);
  auto known = find(hash, members);
  if (known != number_index::none) return known;
  catch_up();  // what there is of it, before others have to wait
  const std::lock_guard guard(shared_->lock);
  catch_up();
  known = find(hash, members);
  if (known != number_index::none) return known;
  const auto number = shared_->sets.load();
  const auto begin = shared_->words.load();
  if (number == places_.capacity() || begin + members.size() > words_.capacity()) {
    shared_->full = true;
    return anything;
  }
  places_.prefault(number + std::size_t{1});
  words_.prefault(begin + members.size());
  std::ranges::copy(members, words_.data() + begin);
  places_[number] = {static_cast<std::uint32_t>(begin),
                     static_cast<std::uint32_t>(members.size()) & 0x7fffffff, 0};
  shared_->words.store(begin + members.size());
  shared_->sets.store(number + 1, std::memory_order_release);
  catch_up();
  return number;
}

void access_sets::catch_up() {
  for (; indexed_accesses_ < shared_->accesses.load(std::memory_order_acquire);
       ++indexed_accesses_) {
    const auto& access = accesses_[indexed_accesses_];
    access_numbers_.emplace(hash_of(access), indexed_accesses_);
    accesses_of_word_[access.item.word()].push_back(indexed_accesses_);
  }
  places_.prefault(shared_->sets);
  words_.prefault(shared_->words);
  for (; indexed_sets_ < shared_->sets.load(std::memory_order_acquire); ++indexed_sets_) {
    set_numbers_.add(hash_of_set(indexed_sets_), indexed_sets_,
                     [this](set_number set) { return hash_of_set(set); });
  }
}

/// Whether all of `inner` is in `outer`.
bool access_sets::includes(set_number outer, set_number inner) const {
  const auto& o = places_[outer];
  const auto& i = places_[inner];
  if (i.length > o.length) return false;  // the last word of a set is not zero
  const auto* const in = words_.data() + i.begin;
  const auto* const out = words_.data() + o.begin;
  std::uint64_t missing = 0;
  for (std::uint32_t at = 0; at < i.length; ++at) missing |= in[at] & ~out[at];
  return missing == 0;
}

access_sets::set_number access_sets::unite(set_number a, set_number b) {
  if (a == anything || b == anything) return anything;
  if (a == b || b == empty || includes(a, b)) return a;
  if (a == empty || includes(b, a)) return b;
  const auto key = std::uint64_t{std::min(a, b)} << 32 | std::max(a, b);
  return unions_.get(key, [&] {
    const auto& one = places_[a];
    const auto& other = places_[b];
    bits members(std::max(one.length, other.length), 0);
    for (std::uint32_t i = 0; i < one.length; ++i) members[i] = words_[one.begin + i];
    for (std::uint32_t i = 0; i < other.length; ++i) members[i] |= words_[other.begin + i];
    return intern(members);
  });
}

access_sets::set_number access_sets::renamed(set_number set, thread_order to) {
  if (set == empty || set == anything || to == thread_order{}) return set;
  const state_key key{set, to.bits()};
  const auto known = renamed_.find(key);
  if (known != renamed_.end()) return known->second;
  bits members;
  for_each(set, [&](thread_access access) {
    access.thread = to.at(access.thread);
    const auto number = number_of(access);
    if (members.size() <= number / 64) members.resize(number / 64 + 1, 0);
    members[number / 64] |= std::uint64_t{1} << (number % 64);
  });
  const auto result = full() ? anything : intern(members);
  return result == anything ? result : renamed_[key] = result;
}

/// By thread, the accesses that race with one of the step, as the later ones.
const access_sets::rivals& access_sets::rivals_of(set_number step) {
  if (indexed_accesses_ != shared_->accesses.load(std::memory_order_acquire)) {
    const std::lock_guard guard(shared_->lock);
    catch_up();
  }
  if (rivals_.size() <= step) rivals_.resize(step + std::size_t{1});
  auto& known = rivals_[step];
  if (known.of_accesses == indexed_accesses_) return known;
  known.of_accesses = indexed_accesses_;
  known.threads.clear();
  for_each(step, [&](const thread_access& access) {
    for (const auto other : accesses_of_word_.at(access.item.word())) {
      const auto& rival = accesses_[other];
      if (!race(access, rival, holders_release_)) continue;
      auto found = std::ranges::find(known.threads, rival.thread, &rivals::of_thread::thread);
      if (found == known.threads.end()) {
        known.threads.push_back({rival.thread, {}});
        found = known.threads.end() - 1;
      }
      if (found->members.size() <= other / 64) found->members.resize(other / 64 + 1, 0);
      found->members[other / 64] |= std::uint64_t{1} << (other % 64);
    }
  });
  return known;
}

thread_set access_sets::racing(set_number earlier, set_number later) {
  if (earlier == empty || later == empty) return 0;
  if (earlier == anything || later == anything) return ~thread_set{0} >> 24;
  const auto& where = places_[later];
  const auto* const words = words_.data() + where.begin;
  thread_set threads = 0;
  for (const auto& [thread, members] : rivals_of(earlier).threads) {
    const auto length = std::min<std::size_t>(members.size(), where.length);
    std::uint64_t common = 0;
    for (std::size_t i = 0; i < length; ++i) common |= words[i] & members[i];
    if (common != 0) threads |= thread_set{1} << thread;
  }
  return threads;
}

unsigned access_sets::count_races(set_number earlier, set_number later) const {
  if (earlier == anything || later == anything) return ~0U;
  unsigned count = 0;
  for_each(earlier, [&](const thread_access& access) {
    for (const auto other : accesses_of_word_.at(access.item.word())) {
      if (contains(later, other) && race(access, accesses_[other], holders_release_)) ++count;
    }
  });
  return count;
}

bool access_sets::contains(set_number set, std::uint32_t access) const {
  const auto& where = places_[set];
  return access / 64 < where.length &&
         (words_[where.begin + access / 64] >> (access % 64) & 1) != 0;
}

}  // namespace checker::explore
