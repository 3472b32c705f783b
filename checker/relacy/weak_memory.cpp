// SPDX-License-Identifier: GPL-2.0-only
#include "checker/relacy/weak_memory.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "checker/intercept/arena.hpp"
#include "checker/relacy/host.hpp"
#include "checker/relacy/include_relacy.hpp"
#include "checker/relacy/places.hpp"

namespace checker::relacy {
namespace {

using rl::timestamp_t;
static_assert(look_back == kept_stores - 1);

std::uintptr_t number(const void* address) { return reinterpret_cast<std::uintptr_t>(address); }

template <int Threads>
class memory_of final : public weak_memory {
 public:
  void begin_execution() override {
    places_.clear();
    pending_.clear();
    possible_.clear();
    placed_ = false;
    for (auto& each : threads_) each = {};
  }

  bool load(const void* address, std::size_t size, memory_order order, bool newest) override;
  void store(const void* address, std::size_t size, memory_order order) override;
  void possible_store(const void* address, std::size_t size, bool copy) override;
  void update(const void* address, std::size_t size, memory_order order) override;
  void fence(memory_order order) override;
  void depends(const void* object) override;
  void acquire(const void* lock, bool exclusive) override;
  void release(const void* lock, bool exclusive) override;
  void waited(const void* address, std::size_t size) override;
  void forget(const void* address, std::size_t size) override;
  void settle() override;
  bool may_look_back() override;
  const char* bound() const override { return bound_; }

 private:
  using all_places = places<Threads>;
  using clock = typename all_places::clock;
  using record = typename all_places::record;
  using cell = typename all_places::cell;
  using thread_info = rl::thread_info<Threads>;

  struct possible {
    cell* to;
    byte_range where;
    std::uint64_t before;
    bool copy;
  };

  /// A pointer that was loaded, and what the store it came from published.
  struct dependency {
    std::uintptr_t pointer;
    clock published;
  };

  struct thread_memory {
    clock loads_before_unlock{}, all_before_unlock{};
    std::vector<dependency> pointers;
  };

  static thread_info& me() { return *static_cast<thread_info*>(rl::ctx().threadx_); }
  static void merge(timestamp_t* into, const timestamp_t* other) { all_places::merge(into, other); }
  thread_memory& mine() { return threads_[static_cast<std::size_t>(me().index_)]; }

  unsigned load_event(cell& at, memory_order order, bool newest);
  bool load_inside(cell& at, const byte_range& where, memory_order order, bool newest,
                   const clock* depends_on);
  void note_pointer(const byte_range& where, const record* from, const clock* depends_on);
  void add_dependency(std::uintptr_t pointer, const clock& published);
  const clock* dependencies(const byte_range& where, clock& found);
  static bool known(const record& store);
  template <typename Event>
  void write(const void* address, std::size_t size, Event event);

  places<Threads> places_;
  std::array<thread_memory, Threads> threads_{};
  std::vector<std::pair<cell*, unsigned>> pending_;  ///< records whose value is still to be read
  std::vector<possible> possible_;
  bool placed_ = false;  ///< an older value stands in memory, at:
  byte_range placed_at_{};
  std::uint64_t newest_value_ = 0;
  cell* loading_ = nullptr;
  const char* bound_ = nullptr;
};

// ---- Loads -------------------------------------------------------------------------------------

template <int Threads>
unsigned memory_of<Threads>::load_event(cell& at, memory_order order, bool newest) {
  auto& thread = static_cast<rl::thread_info_base&>(me());
  switch (order) {
    case memory_order::consume:
    case memory_order::acquire:
    case memory_order::acq_rel:
      return newest ? thread.atomic_load_acquire_rmw(&at.stores)
                    : thread.atomic_load_acquire(&at.stores);
    case memory_order::seq_cst:
      return newest ? thread.atomic_load_seq_cst_rmw(&at.stores)
                    : thread.atomic_load_seq_cst(&at.stores);
    default:
      return newest ? thread.atomic_load_relaxed_rmw(&at.stores)
                    : thread.atomic_load_relaxed(&at.stores);
  }
}

/// The running thread can't see anything older than this store.
template <int Threads>
bool memory_of<Threads>::known(const record& store) {
  const auto* const now = me().acq_rel_order_;
  if (now[store.thread_id_] >= store.acq_rel_timestamp_) return true;
  for (int i = 0; i < Threads; ++i) {
    if (now[i] >= store.first_seen_order_[i]) return true;
  }
  return false;
}

/// A load of a part of the place, or all of it. `depends_on`: what the load comes after beyond what
/// the thread does.
template <int Threads>
bool memory_of<Threads>::load_inside(cell& at, const byte_range& where, memory_order order,
                                     bool newest, const clock* depends_on) {
  auto& thread = me();
  clock before{};
  std::copy_n(thread.acq_rel_order_, Threads, before.begin());
  if (depends_on != nullptr) merge(thread.acq_rel_order_, depends_on->data());
  const auto current = at.stores.current_index_;
  bool all_unknown = current >= kept_stores;  // there was one more that is forgotten
  for (unsigned i = 0; i < kept_stores && all_unknown; ++i) {
    const auto& each = at.stores.history_[i];
    all_unknown = !known(each) && !(order == memory_order::seq_cst && each.seq_cst_);
  }
  loading_ = &at;
  const unsigned index = load_event(at, order, newest);
  loading_ = nullptr;
  // Relacy's word for an uninitialised place: there is none.
  if (index >= kept_stores) std::abort();
  const record& seen = at.stores.history_[index];
  if (depends_on != nullptr) {
    // What the address depends on is ordered before this load, not before what follows it.
    const auto own = thread.own_acq_rel_order_;
    std::copy_n(before.begin(), Threads, thread.acq_rel_order_);
    thread.own_acq_rel_order_ = own;
    if (order != memory_order::relaxed) merge(thread.acq_rel_order_, seen.acq_rel_order_);
  }
  const bool stale = index != current % kept_stores;
  auto& in_a_row = at.stale[static_cast<std::size_t>(thread.index_)];
  in_a_row = stale ? in_a_row + 1 : 0;
  if (stale) {
    if (all_unknown && index == (current - look_back) % kept_stores) {
      bound_ = "c11: of the stores that a load could see only the newest three were tried";
    }
    const auto offset = where.begin - at.where.begin;
    placed_ = true;
    placed_at_ = where;
    newest_value_ = value_at(where);
    const auto* const old = reinterpret_cast<const char*>(&at.values[index]) + offset;
    std::memcpy(reinterpret_cast<void*>(where.begin), old, where.end - where.begin);
  }
  note_pointer(where, &seen, depends_on);
  return stale;
}

/// What is published to a load of `where` by way of its address; nullptr if nothing.
template <int Threads>
const typename memory_of<Threads>::clock* memory_of<Threads>::dependencies(const byte_range& where,
                                                                           clock& found) {
  bool any = false;
  for (const auto& each : mine().pointers) {
    if (where.begin + object_reach < each.pointer || where.begin > each.pointer + object_reach) {
      continue;
    }
    merge(found.data(), each.published.data());
    any = true;
  }
  return any ? &found : nullptr;
}

/// The load may have found a pointer: what is loaded through it comes after.
template <int Threads>
void memory_of<Threads>::note_pointer(const byte_range& where, const record* from,
                                      const clock* depends_on) {
  if (where.end - where.begin != sizeof(void*)) return;
  const auto value = value_at(where);
  if (value - arena_base >= arena_capacity) return;
  clock published{};
  if (depends_on != nullptr) published = *depends_on;
  if (from != nullptr) merge(published.data(), from->acq_rel_order_);
  add_dependency(value, published);
}

template <int Threads>
void memory_of<Threads>::add_dependency(std::uintptr_t pointer, const clock& published) {
  const auto* const now = me().acq_rel_order_;
  if (std::equal(published.begin(), published.end(), now,
                 [](timestamp_t one, timestamp_t other) { return one <= other; })) {
    return;
  }
  auto& pointers = mine().pointers;
  const auto same = std::ranges::find(pointers, pointer, &dependency::pointer);
  if (same == pointers.end()) {
    pointers.push_back({pointer, published});
  } else {
    merge(same->published.data(), published.data());
  }
}

template <int Threads>
bool memory_of<Threads>::load(const void* address, std::size_t size, memory_order order,
                              bool newest) {
  if (order == memory_order::release) order = memory_order::relaxed;
  if (order == memory_order::seq_cst) fence(order);
  const byte_range where{number(address), number(address) + size};
  clock found{};
  const auto* const depends_on = dependencies(where, found);
  const auto cells = places_.overlapping(where);
  if (cells.size() == 1 && cells.front()->where.contains(where)) {
    return load_inside(*cells.front(), where, order, newest, depends_on);
  }
  for (auto* const each : cells) load_event(*each, order, true);
  if (cells.empty()) note_pointer(where, nullptr, depends_on);
  return false;
}

template <int Threads>
bool memory_of<Threads>::may_look_back() {
  if (loading_ == nullptr) return false;
  if (loading_->stale[static_cast<std::size_t>(me().index_)] < max_stale_reads) return true;
  bound_ = "c11: a thread read older stores to one place many times in a row, and then the newest";
  return false;
}

// ---- Stores ------------------------------------------------------------------------------------

/// Does `event` to each place that is stored to.
template <int Threads>
template <typename Event>
void memory_of<Threads>::write(const void* address, std::size_t size, Event event) {
  const byte_range where{number(address), number(address) + size};
  for (auto at = where.begin & ~std::uintptr_t{7}; at < where.end; at += 8) {
    auto& to = places_.for_store({std::max(at, where.begin), std::min(at + 8, where.end)});
    pending_.emplace_back(&to, event(to));
  }
}

template <int Threads>
void memory_of<Threads>::store(const void* address, std::size_t size, memory_order order) {
  auto& thread = static_cast<rl::thread_info_base&>(me());
  write(address, size, [&](cell& to) {
    switch (order) {
      case memory_order::release:
      case memory_order::acq_rel:
        return thread.atomic_store_release(&to.stores);
      case memory_order::seq_cst:
        return thread.atomic_store_seq_cst(&to.stores);
      default:
        return thread.atomic_store_relaxed(&to.stores);
    }
  });
  if (order == memory_order::seq_cst) fence(order);
}

template <int Threads>
void memory_of<Threads>::possible_store(const void* address, std::size_t size, bool copy) {
  const byte_range where{number(address), number(address) + size};
  for (auto at = where.begin & ~std::uintptr_t{7}; at < where.end; at += 8) {
    const byte_range part{std::max(at, where.begin), std::min(at + 8, where.end)};
    possible_.push_back({&places_.for_store(part), part, value_at(part), copy});
  }
}

template <int Threads>
void memory_of<Threads>::update(const void* address, std::size_t size, memory_order order) {
  auto& thread = static_cast<rl::thread_info_base&>(me());
  if (order == memory_order::seq_cst) fence(order);
  write(address, size, [&](cell& to) {
    bool unseen = false;
    switch (order) {
      case memory_order::consume:
      case memory_order::acquire:
        return thread.atomic_rmw_acquire(&to.stores, unseen);
      case memory_order::release:
        return thread.atomic_rmw_release(&to.stores, unseen);
      case memory_order::acq_rel:
        return thread.atomic_rmw_acq_rel(&to.stores, unseen);
      case memory_order::seq_cst:
        return thread.atomic_rmw_seq_cst(&to.stores, unseen);
      default:
        return thread.atomic_rmw_relaxed(&to.stores, unseen);
    }
  });
  if (order == memory_order::seq_cst) fence(order);
}

template <int Threads>
void memory_of<Threads>::settle() {
  if (placed_) {
    placed_ = false;
    std::memcpy(reinterpret_cast<void*>(placed_at_.begin), &newest_value_,
                placed_at_.end - placed_at_.begin);
  }
  for (const auto& [to, where, before, copy] : possible_) {
    auto& thread = static_cast<rl::thread_info_base&>(me());
    const bool changed = value_at(where) != before;
    bool unseen = false;
    if (changed) {
      pending_.emplace_back(to, thread.atomic_store_relaxed(&to->stores));
    } else if (!copy) {
      pending_.emplace_back(to, thread.atomic_rmw_relaxed(&to->stores, unseen));
    }
  }
  possible_.clear();
  for (const auto& [at, index] : pending_) at->values[index] = value_at(at->where);
  pending_.clear();
}

// ---- Fences and locks --------------------------------------------------------------------------

template <int Threads>
void memory_of<Threads>::fence(memory_order order) {
  auto& thread = me();
  switch (order) {
    case memory_order::relaxed:
      break;
    case memory_order::consume:
    case memory_order::acquire:
      thread.atomic_thread_fence_acquire();
      break;
    case memory_order::release:
      thread.atomic_thread_fence_release();
      break;
    case memory_order::acq_rel:
      thread.atomic_thread_fence_acq_rel();
      break;
    case memory_order::seq_cst:
      thread.atomic_thread_fence_seq_cst(rl::ctx().seq_cst_fence_order_);
      break;
  }
}

template <int Threads>
void memory_of<Threads>::depends(const void* object) {
  clock published{};
  merge(published.data(), me().acquire_fence_order_);
  add_dependency(number(object), published);
}

template <int Threads>
void memory_of<Threads>::acquire(const void* lock, bool exclusive) {
  auto& thread = me();
  const auto& at = places_.word(number(lock));
  const auto& unlocked = mine();
  thread.own_acq_rel_order_ += 1;
  const auto pass_on = [&](const clock& published) {
    merge(thread.acq_rel_order_, published.data());
    // What came before the unlock is seen before what is stored from here on.
    merge(thread.release_fence_order_, published.data());
  };
  pass_on(at.writers);
  if (exclusive) pass_on(at.readers);
  merge(thread.acq_rel_order_, unlocked.loads_before_unlock.data());
  merge(thread.release_fence_order_, unlocked.all_before_unlock.data());
}

template <int Threads>
void memory_of<Threads>::release(const void* lock, bool exclusive) {
  auto& thread = me();
  auto& at = places_.word(number(lock));
  auto& unlocked = mine();
  thread.own_acq_rel_order_ += 1;
  merge((exclusive ? at.writers : at.readers).data(), thread.acq_rel_order_);
  merge(unlocked.all_before_unlock.data(), thread.acq_rel_order_);
  merge(unlocked.loads_before_unlock.data(), thread.acquire_fence_order_);
}

template <int Threads>
void memory_of<Threads>::waited(const void* address, std::size_t size) {
  load(address, size, memory_order::acquire, true);
  const auto& at = places_.word(number(address));
  merge(me().acq_rel_order_, at.writers.data());
  merge(me().acq_rel_order_, at.readers.data());
}

template <int Threads>
void memory_of<Threads>::forget(const void* address, std::size_t size) {
  places_.forget({number(address), number(address) + size});
}

}  // namespace

std::unique_ptr<weak_memory> make_weak_memory(int threads) {
  using maker = std::unique_ptr<weak_memory> (*)();
  static constexpr auto make = []<int Threads>() -> std::unique_ptr<weak_memory> {
    return std::make_unique<memory_of<Threads>>();
  };
  static constexpr maker makers[max_threads + 1] = {nullptr,
                                                    [] { return make.operator()<1>(); },
                                                    [] { return make.operator()<2>(); },
                                                    [] { return make.operator()<3>(); },
                                                    [] { return make.operator()<4>(); },
                                                    [] { return make.operator()<5>(); },
                                                    [] { return make.operator()<6>(); },
                                                    [] { return make.operator()<7>(); },
                                                    [] { return make.operator()<8>(); }};
  if (threads < 1 || threads > max_threads) std::abort();
  return makers[threads]();
}

}  // namespace checker::relacy
