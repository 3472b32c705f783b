// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/litmus_axioms.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace checker::engine_tests {
namespace {

using type = litmus_operation::type;

constexpr int places = 3;
constexpr std::size_t most_events = 16 + places;

/// A set of events.
using event_set = std::uint32_t;

constexpr event_set only(std::size_t event) { return event_set{1} << event; }
constexpr bool has(event_set set, std::size_t event) { return (set >> event & 1) != 0; }

/// Pairs of events: for each, those it is related to.
struct relation {
  std::array<event_set, most_events> to{};

  relation& operator|=(const relation& other) {
    for (std::size_t i = 0; i < most_events; ++i) to[i] |= other.to[i];
    return *this;
  }
};

relation operator|(relation a, const relation& b) { return a |= b; }

/// One after the other.
relation operator*(const relation& a, const relation& b) {
  relation result;
  for (std::size_t i = 0; i < most_events; ++i) {
    for (std::size_t k = 0; k < most_events; ++k) {
      if (has(a.to[i], k)) result.to[i] |= b.to[k];
    }
  }
  return result;
}

/// Each event of the set with itself.
relation same(event_set set) {
  relation result;
  for (std::size_t i = 0; i < most_events; ++i) result.to[i] = set & only(i);
  return result;
}

constexpr event_set all_events = (event_set{1} << most_events) - 1;

relation maybe(const relation& a) { return a | same(all_events); }

relation closure(relation a) {
  for (std::size_t k = 0; k < most_events; ++k) {
    for (std::size_t i = 0; i < most_events; ++i) {
      if (has(a.to[i], k)) a.to[i] |= a.to[k];
    }
  }
  return a;
}

bool irreflexive(const relation& a) {
  for (std::size_t i = 0; i < most_events; ++i) {
    if (has(a.to[i], i)) return false;
  }
  return true;
}

bool acyclic(const relation& a) { return irreflexive(closure(a)); }

struct event {
  litmus_operation operation;
  int thread;  ///< -1 for what was there at first
  bool reads, writes;
  std::size_t from = 0;  ///< the store it reads
  std::uint64_t value = 0;
};

class oracle {
 public:
  explicit oracle(const std::vector<std::vector<litmus_operation>>& threads) {
    for (int i = 0; i < places; ++i) {
      events_.push_back({{type::store, __ATOMIC_RELAXED, i, 0}, -1, false, true});
    }
    int thread = 0;
    for (const auto& operations : threads) {
      for (const auto& next : operations) add(next, thread);
      ++thread;
    }
    if (events_.size() > most_events) throw std::logic_error("too many events");
    for (std::size_t a = 0; a < events_.size(); ++a) {
      for (std::size_t b = a + 1; b < events_.size(); ++b) {
        const bool first = events_[a].thread < 0 && events_[b].thread >= 0;
        if (first || events_[a].thread == events_[b].thread) before_.to[a] |= only(b);
      }
    }
    for (std::size_t a = 0; a < places; ++a) before_.to[a] &= ~(only(places) - 1);
  }

  std::set<litmus_outcome> run() {
    choose_exchange(0);
    return std::move(outcomes_);
  }

 private:
  void add(const litmus_operation& next, int thread) {
    const bool update = next.what == type::add || next.what == type::exchange;
    const bool fence = next.what == type::fence;
    if (!update && !fence && next.what != type::load && next.what != type::store) {
      throw std::logic_error("the axioms don't know this operation");
    }
    event made{next, thread, update || next.what == type::load, update || next.what == type::store};
    if (fence) made.operation.place = -1;
    if (next.what == type::exchange) made.operation.order = __ATOMIC_ACQ_REL;
    events_.push_back(made);
  }

  /// Each exchange succeeds or not: then it is a relaxed load.
  void choose_exchange(std::size_t at) {
    if (at == events_.size()) {
      for (auto& each : modified_) each.clear();
      return order_stores(0);
    }
    if (events_[at].operation.what != type::exchange) return choose_exchange(at + 1);
    for (const bool succeeds : {true, false}) {
      events_[at].writes = succeeds;
      events_[at].operation.order = succeeds ? __ATOMIC_ACQ_REL : __ATOMIC_RELAXED;
      choose_exchange(at + 1);
    }
  }

  /// Every modification order of each place that agrees with program order.
  void order_stores(std::size_t place) {
    if (place == places) return choose_source(0);
    std::vector<std::size_t> stores;
    for (std::size_t i = places; i < events_.size(); ++i) {
      if (events_[i].writes && events_[i].operation.place == static_cast<int>(place)) {
        stores.push_back(i);
      }
    }
    do {
      bool agrees = true;
      for (std::size_t i = 0; i < stores.size(); ++i) {
        for (std::size_t k = i + 1; k < stores.size(); ++k) {
          agrees &= !has(before_.to[stores[k]], stores[i]);
        }
      }
      if (!agrees) continue;
      modified_[place] = {place};
      modified_[place].insert(modified_[place].end(), stores.begin(), stores.end());
      order_stores(place + 1);
    } while (std::ranges::next_permutation(stores).found);
  }

  /// Every store that each load could read; an update reads the one before its own.
  void choose_source(std::size_t at) {
    while (at < events_.size() && !events_[at].reads) ++at;
    if (at == events_.size()) return judge();
    const auto& order = modified_[static_cast<std::size_t>(events_[at].operation.place)];
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (order[i] == at) continue;
      if (events_[at].writes && (i + 1 == order.size() || order[i + 1] != at)) continue;
      events_[at].from = order[i];
      choose_source(at + 1);
    }
  }

  event_set where(auto&& holds) const {
    event_set set = 0;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (holds(events_[i])) set |= only(i);
    }
    return set;
  }

  static bool acquires(const event& e) {
    const int order = e.operation.order;
    return (e.reads || e.operation.what == type::fence) &&
           (order == __ATOMIC_ACQUIRE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST);
  }
  static bool releases(const event& e) {
    const int order = e.operation.order;
    return (e.writes || e.operation.what == type::fence) &&
           (order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST);
  }

  relation of_one_place(const relation& a) const {
    relation result;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      for (std::size_t k = 0; k < events_.size(); ++k) {
        const int place = events_[i].operation.place;
        if (has(a.to[i], k) && place >= 0 && place == events_[k].operation.place) {
          result.to[i] |= only(k);
        }
      }
    }
    return result;
  }

  /// From a store to itself and those after it that are the same thread's or updates, as long as no
  /// other comes between.
  relation release_sequences() const {
    relation result;
    for (const auto& order : modified_) {
      for (std::size_t i = 0; i < order.size(); ++i) {
        for (std::size_t k = i; k < order.size(); ++k) {
          const auto& later = events_[order[k]];
          if (later.thread != events_[order[i]].thread && !later.reads) break;
          result.to[order[i]] |= only(order[k]);
        }
      }
    }
    return result;
  }

  void judge() {
    relation reads_from, modified, reads_before;
    for (const auto& order : modified_) {
      for (std::size_t i = 0; i < order.size(); ++i) {
        for (std::size_t k = i + 1; k < order.size(); ++k) modified.to[order[i]] |= only(order[k]);
      }
    }
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (!events_[i].reads) continue;
      reads_from.to[events_[i].from] |= only(i);
      reads_before.to[i] |= modified.to[events_[i].from] & ~only(i);
    }
    if (!acyclic(before_ | reads_from) || !values_agree()) return;

    const auto fences = where([](const event& e) { return e.operation.what == type::fence; });
    const auto stores = where([](const event& e) { return e.writes; });
    const auto loads = where([](const event& e) { return e.reads; });
    const auto strong = where([](const event& e) { return e.operation.order == __ATOMIC_SEQ_CST; });
    const auto release = where(releases), acquire = where(acquires);

    const auto sequence = release_sequences();
    const auto begin = same(release & stores) | same(release & fences) * before_ * same(stores);
    const auto end = same(acquire & loads) | same(loads) * before_ * same(acquire & fences);
    const auto happens = closure(before_ | begin * sequence * reads_from * end);
    const auto coherent = closure(reads_from | modified | reads_before);
    if (!irreflexive(happens) || !irreflexive(happens * coherent)) return;

    relation elsewhere = before_;
    const auto one_place = of_one_place(before_);
    for (std::size_t i = 0; i < most_events; ++i) elsewhere.to[i] &= ~one_place.to[i];
    const auto base =
        before_ | elsewhere * happens * elsewhere | of_one_place(happens) | modified | reads_before;
    const auto strong_fences = same(strong & fences), strong_accesses = same(strong & ~fences);
    const auto ordered = (strong_accesses | strong_fences * maybe(happens)) * base *
                             (strong_accesses | maybe(happens) * strong_fences) |
                         strong_fences * (happens | happens * coherent * happens) * strong_fences;
    if (acyclic(ordered)) keep();
  }

  bool values_agree() {
    for (std::size_t round = 0; round < events_.size(); ++round) {
      for (auto& each : events_) {
        const auto read = events_[each.from].value;
        switch (each.operation.what) {
          case type::load:
            each.value = read;
            break;
          case type::add:
            each.value = read + each.operation.value;
            break;
          default:
            each.value = each.operation.value;
        }
      }
    }
    return std::ranges::none_of(events_, [this](const event& each) {
      return each.operation.what == type::exchange &&
             each.writes != (events_[each.from].value + 1 == each.operation.value);
    });
  }

  void keep() {
    litmus_outcome result{};
    for (const auto& each : events_) {
      if (each.operation.what == type::load) result.seen[each.operation.value] = each.value;
    }
    result.x = events_[modified_[0].back()].value;
    result.y = events_[modified_[1].back()].value;
    result.z = events_[modified_[2].back()].value;
    outcomes_.insert(result);
  }

  std::vector<event> events_;
  relation before_;  ///< program order, with what was there at first
  std::array<std::vector<std::size_t>, places> modified_;
  std::set<litmus_outcome> outcomes_;
};

}  // namespace

std::set<litmus_outcome> outcomes_by_axioms(
    const std::vector<std::vector<litmus_operation>>& threads) {
  return oracle(threads).run();
}

}  // namespace checker::engine_tests
