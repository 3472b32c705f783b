// SPDX-License-Identifier: GPL-2.0-only
#include "samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <utility>

namespace samples {
namespace {

using namespace checker::trace;

/// Builds a document as the engine would record it: one call per step, with the thread's call stack
/// and its locks kept on the side.
class recording {
 public:
  recording(std::string scenario, std::string patch, std::vector<thread> threads) {
    document_.tool_version = "0.1.0";
    document_.scenario = std::move(scenario);
    document_.kernel = "v4.14";
    document_.patch = std::move(patch);
    document_.parameters = {{"pages", 2}, {"ptes_per_table", 4}};
    document_.search = "dpor";
    document_.threads = std::move(threads);
  }

  recording& on(int thread_index) {
    current_ = thread_index;
    return *this;
  }
  recording& enter(std::string function, std::string file, int line) {
    stacks_[current_].push_back({std::move(function), std::move(file), line});
    return *this;
  }
  recording& at(int line) {
    stacks_[current_].back().line = line;
    return *this;
  }
  recording& leave() {
    stacks_[current_].pop_back();
    return *this;
  }
  step& add(step_kind kind, std::string object, int line) {
    if (!stacks_[current_].empty()) at(line);
    step& value = document_.steps.emplace_back();
    value.index = static_cast<int>(document_.steps.size()) - 1;
    value.thread = current_;
    value.operation = operations_[current_];
    value.kind = kind;
    value.object = std::move(object);
    value.stack = stacks_[current_];
    value.held = held_[current_];
    // As in the engine, these are no steps of the schedule.
    if (kind != step_kind::begin && kind != step_kind::end && kind != step_kind::choice)
      document_.schedule.push_back({false, current_, ""});
    return value;
  }
  step& begin() { return add(step_kind::begin, operation(), 0); }
  void end() {
    add(step_kind::end, operation(), 0);
    ++operations_[current_];
  }
  step& access(step_kind kind, const std::string& object, std::string before, std::string after,
               int line) {
    step& value = add(kind, object, line);
    const auto place = addresses_.try_emplace(object, 0x100000000000 + 8 * addresses_.size()).first;
    value.address = place->second;
    value.size = 8;
    value.before = std::move(before);
    value.after = std::move(after);
    return value;
  }
  step& load(const std::string& object, std::string value, int line) {
    return access(step_kind::load, object, "", std::move(value), line);
  }
  step& store(const std::string& object, std::string before, std::string after, int line) {
    return access(step_kind::store, object, std::move(before), std::move(after), line);
  }
  step& rmw(const std::string& object, std::string before, std::string after, int line) {
    step& value = access(step_kind::rmw, object, std::move(before), std::move(after), line);
    value.marked = true;
    return value;
  }
  step& lock(const std::string& name, const std::string& lock_class, const std::string& kind,
             int line, int subclass = 0, lock_mode mode = lock_mode::write) {
    step& value = add(step_kind::lock, name, line);
    value.lock_class = lock_class;
    value.subclass = subclass;
    value.mode = mode;
    for (const held_lock& outer : held_[current_]) {
      document_.lock_edges.push_back({outer.name, outer.lock_class, outer.subclass, name,
                                      lock_class, subclass, current_, value.index,
                                      outer.acquired_stack, value.stack});
    }
    held_[current_].push_back(
        {name, lock_class, kind, subclass, mode, current_, value.index, value.stack});
    return value;
  }
  step& unlock(const std::string& name, int line) {
    step& value = add(step_kind::unlock, name, line);
    auto& locks = held_[current_];
    const auto place = std::find_if(locks.begin(), locks.end(),
                                    [&](const held_lock& entry) { return entry.name == name; });
    value.lock_class = place->lock_class;
    value.mode = place->mode;
    locks.erase(place);
    return value;
  }
  int last() const { return static_cast<int>(document_.steps.size()) - 1; }
  violation& violate(std::string kind, std::string message) {
    violation& result = document_.result;
    result.kind = std::move(kind);
    result.message = std::move(message);
    result.thread = current_;
    result.step = last();
    for (const auto& [owner, locks] : held_)
      result.held.insert(result.held.end(), locks.begin(), locks.end());
    return result;
  }
  const std::vector<frame>& stack() { return stacks_[current_]; }
  document& finished() { return document_; }

 private:
  std::string operation() const {
    const thread& owner = document_.threads[static_cast<std::size_t>(current_)];
    const auto place = operations_.find(current_);
    return owner
        .operations[static_cast<std::size_t>(place == operations_.end() ? 0 : place->second)];
  }

  document document_;
  int current_ = 0;
  std::map<int, std::vector<frame>> stacks_;
  std::map<int, std::vector<held_lock>> held_;
  std::map<int, int> operations_;
  std::map<std::string, std::uint64_t> addresses_;
};

constexpr const char* memory_c = "model/v4_14/memory.cpp";
constexpr const char* fork_c = "model/v4_14/fork.cpp";
constexpr const char* swap_c = "model/v4_14/swapfile.cpp";

/// fork's way down to copy_pte_range(), with mmap_sem of both mms held.
void enter_copy(recording& r) {
  r.begin();
  r.enter("dup_mmap", fork_c, 41);
  r.lock("parent mmap_sem", "mmap_sem", "rwsem", 42);
  r.lock("child mmap_sem", "mmap_sem", "rwsem", 44, 1);
  r.load("parent vma[0].start", "0x0", 50);
  r.load("parent vma[0].end", "0x2000", 51);
  r.store("child vma[0].start", "0", "0x0", 52);
  r.at(60).enter("copy_page_range", memory_c, 300);
  r.load("parent pmd[0]", "table 0", 301);
  r.at(305).enter("pte_alloc", memory_c, 80);
  r.load("child pmd[0]", "none", 81);
  r.lock("child page_table_lock", "page_table_lock", "spinlock", 84);
  r.store("child pmd[0]", "none", "table 1", 86).notes = {"child pgtables_bytes 4096 -> 8192"};
  r.unlock("child page_table_lock", 87);
  r.leave().at(306).enter("copy_pte_range", memory_c, 210);
}

void lock_ptls(recording& r) {
  r.lock("child ptlock[0]", "ptlock", "spinlock", 221);
  r.lock("parent ptlock[0]", "ptlock", "spinlock", 223, 1);
}

void copy_one(recording& r, int index, const std::string& page) {
  const std::string number = "[" + std::to_string(index) + "]";
  r.at(236).enter("copy_one_pte", memory_c, 150);
  r.load("parent pte" + number, "present|RW " + page, 152);
  r.store("parent pte" + number, "present|RW " + page, "present|RO " + page, 168);
  r.rmw(page + " refcount", "1", "2", 171);
  r.rmw(page + " mapcount", "0", "1", 172);
  r.store("child pte" + number, "none", "present|RO " + page, 180);
  r.leave();
}

void begin_write_fault(recording& r, const std::string& value_seen) {
  r.begin();
  r.enter("handle_mm_fault", memory_c, 500);
  r.lock("parent mmap_sem", "mmap_sem", "rwsem", 501, 0, lock_mode::read);
  r.at(510).enter("handle_pte_fault", memory_c, 470);
  r.load("parent pte[0]", value_seen, 472);
}

}  // namespace

document rss() {
  recording r("fork-vs-write-fault", "fork-drops-rss-on-break",
              {{"parent/1: fork", {"fork()"}}, {"parent/2: write", {"write(page 0, 7)"}}});
  r.on(1).begin();
  r.add(step_kind::atomic, "user store page 0", 0).notes = {"tlb 2: page 0 -> pfn 3 RW, dirty",
                                                            "pfn 3: 0 -> 7"};
  r.on(0);
  enter_copy(r);
  lock_ptls(r);
  copy_one(r, 0, "pfn 3");
  r.add(step_kind::choice, "need_resched", 230).after = "1";
  r.finished().schedule.push_back({true, 1, "need_resched"});
  r.unlock("parent ptlock[0]", 245);
  r.unlock("child ptlock[0]", 250);
  r.on(1).end();
  r.on(0);
  lock_ptls(r);
  copy_one(r, 1, "pfn 4");
  r.unlock("parent ptlock[0]", 245);
  r.load("child rss[MM_ANONPAGES]", "0", 247);
  r.store("child rss[MM_ANONPAGES]", "0", "1", 248);
  r.violate("rss", "Bad rss-counter state mm:child type:MM_ANONPAGES val:-1 (counted 1, mapped 2)");
  return r.finished();
}

document deadlock() {
  recording r("two-forks-vs-mremap", "fork-ptls-reversed",
              {{"parent/1: fork", {"fork()"}}, {"parent/2: mremap", {"mremap(table 0, table 1)"}}});
  r.on(0);
  enter_copy(r);
  r.lock("parent ptlock[0]", "ptlock", "spinlock", 221);
  r.on(1).begin();
  r.enter("move_page_tables", "model/v4_14/mremap.cpp", 190);
  r.load("parent pmd[0]", "table 0", 192);
  r.load("parent pmd[1]", "table 1", 193);
  r.at(230).enter("move_ptes", "model/v4_14/mremap.cpp", 116);
  r.lock("child ptlock[0]", "ptlock", "spinlock", 148);
  r.at(151);
  const std::vector<frame> mover = r.stack();
  r.on(0).at(223);
  const std::vector<frame> forker = r.stack();
  violation& result = r.violate("deadlock", "2 threads wait for each other's locks");
  result.thread = -1;
  result.waits = {{0, "child ptlock[0]", "ptlock", {1}, forker},
                  {1, "parent ptlock[0]", "ptlock", {0}, mover}};
  return r.finished();
}

document data_race() {
  recording r("fork-vs-read-fault", "",
              {{"parent/1: fork", {"fork()"}}, {"parent/2: read", {"read(page 0)"}}});
  r.on(1);
  begin_write_fault(r, "present|RO pfn 3");
  const int load = r.last();
  r.on(0).begin();
  r.enter("dup_mmap", fork_c, 41).enter("copy_pte_range", memory_c, 210);
  lock_ptls(r);
  r.at(236).enter("copy_one_pte", memory_c, 150);
  r.store("parent pte[0]", "present|RW pfn 3", "present|RO pfn 3", 168);
  violation& result = r.violate("data-race", "plain load beside a plain store of parent pte[0]");
  result.conflicting_steps = {load, r.last()};
  result.covering_lock = "parent ptlock[0]";
  return r.finished();
}

document use_after_free() {
  recording r("fork-vs-write-fault-vs-swapoff", "wp-page-copy-early-rmap-remove",
              {{"parent/1: fork", {"fork()"}},
               {"parent/2: write", {"write(page 0, 7)", "read(page 1)"}},
               {"swapoff", {"swapoff()"}}});
  r.on(0);
  enter_copy(r);
  lock_ptls(r);
  copy_one(r, 0, "pfn 3");
  copy_one(r, 1, "pfn 4");
  r.unlock("parent ptlock[0]", 245);
  r.unlock("child ptlock[0]", 250);
  r.leave().leave();
  r.add(step_kind::atomic, "flush_tlb_mm(parent)", 70).notes = {"tlb 1: 2 entries dropped",
                                                                "tlb 2: 1 entry dropped"};
  r.unlock("child mmap_sem", 72);
  r.unlock("parent mmap_sem", 73);
  r.leave();
  r.end();
  r.on(2).begin();
  r.enter("try_to_unuse", swap_c, 390);
  r.load("swap_map[0]", "0", 395);
  r.load("swap_map[1]", "1", 395);
  r.rmw("mmlist_lock word", "0", "1", 399);
  r.lock("mmlist_lock", "mmlist_lock", "spinlock", 400);
  r.load("parent mmlist.next", "child", 401);
  r.on(1);
  begin_write_fault(r, "present|RO pfn 3");
  r.at(480).enter("do_wp_page", memory_c, 440);
  r.lock("parent ptlock[0]", "ptlock", "spinlock", 441);
  r.load("parent pte[0]", "present|RO pfn 3", 442);
  r.load("pfn 3 mapcount", "1", 445);
  r.rmw("pfn 3 refcount", "2", "3", 448);
  r.unlock("parent ptlock[0]", 449);
  r.at(450).enter("wp_page_copy", memory_c, 380);
  r.add(step_kind::choice, "alloc_page fails", 384).after = "0";
  r.add(step_kind::atomic, "copy pfn 3 to pfn 5", 388).notes = {"pfn 5: 0 -> 7"};
  r.lock("parent ptlock[0]", "ptlock", "spinlock", 392);
  r.load("parent pte[0]", "present|RO pfn 3", 393);
  r.rmw("pfn 3 mapcount", "1", "0", 398);
  const int drop = r.last();
  r.on(2);
  r.unlock("mmlist_lock", 402);
  r.at(410).enter("unuse_mm", swap_c, 330);
  r.lock("child mmap_sem", "mmap_sem", "rwsem", 331, 0, lock_mode::read);
  r.at(335).enter("unuse_pte_range", swap_c, 300);
  r.load("child pte[0]", "present|RO pfn 3", 302);
  r.load("child pte[1]", "swap 1", 302);
  r.at(306).enter("unuse_pte", swap_c, 270);
  r.lock("child ptlock[0]", "ptlock", "spinlock", 272);
  r.load("pfn 3 mapcount", "0", 275);
  r.rmw("pfn 3 refcount", "3", "2", 279);
  const int put = r.rmw("pfn 3 refcount", "2", "1", 280).index;
  r.finished().steps.back().notes = {"pfn 3: freed, still mapped by parent pte[0]"};
  r.unlock("child ptlock[0]", 282);
  r.on(1);
  r.add(step_kind::atomic, "flush_tlb_page(parent, page 0)", 400).notes = {"tlb 2: page 0 dropped"};
  r.store("parent pte[0]", "present|RO pfn 3", "present|RW pfn 5", 402);
  r.rmw("pfn 3 refcount", "1", "0", 405);
  violation& result = r.violate("use-after-free",
                                "BUG: Bad page state: put_page() of pfn 3, which is free already");
  result.conflicting_steps = {drop, put};
  result.covering_lock = "pfn 3 page lock";
  return r.finished();
}

document recursion() {
  recording r("fork-vs-write-fault", "fork-without-nesting",
              {{"parent/1: fork", {"fork()"}}, {"parent/2: write", {"write(page 0, 7)"}}});
  r.on(0);
  enter_copy(r);
  r.lock("child ptlock[0]", "ptlock", "spinlock", 221);
  step& taken = r.add(step_kind::lock, "parent ptlock[0]", 223);
  taken.lock_class = "ptlock";
  r.violate("recursion", "parent ptlock[0] taken while child ptlock[0] of the same class is held");
  return r.finished();
}

document inversion() {
  recording r("toy/three-locks", "",
              {{"first", {"a then b"}},
               {"second", {"b then c"}},
               {"third", {"c then a"}},
               {"bystander", {"a"}}});
  r.finished().kernel = "";
  const auto nest = [&](int thread_index, const std::string& outer, const std::string& inner) {
    r.on(thread_index).begin();
    r.enter("take_two", "checker/toys/locks_code.c", 10 * (thread_index + 1));
    r.lock(outer + "[0]", outer, "spinlock", 10 * thread_index + 1);
    r.lock(inner + "[0]", inner, "spinlock", 10 * thread_index + 2);
    if (thread_index == 2) return;
    r.unlock(inner + "[0]", 10 * thread_index + 3);
    r.unlock(outer + "[0]", 10 * thread_index + 4);
    r.leave();
    r.end();
  };
  nest(0, "si->lock", "cluster lock");
  nest(1, "cluster lock", "mmlist_lock");
  nest(2, "mmlist_lock", "si->lock");
  r.violate("lock-order", "si->lock -> cluster lock -> mmlist_lock -> si->lock");
  r.finished().result.cycle = r.finished().lock_edges;
  return r.finished();
}

document livelock() {
  recording r("toy/trylock_backoff", "opposite-order",
              {{"taker 0", {"take_both(A, B)"}}, {"taker 1", {"take_both(B, A)"}}});
  r.finished().kernel = "";
  r.finished().parameters = {{"threads", 2}};
  r.finished().search = "state graph";
  constexpr const char* toy = "checker/toys/trylock_code.cpp";
  r.on(0).begin();
  r.enter("take_both", toy, 21);
  r.on(1).begin();
  r.enter("take_both", toy, 21);
  const auto take = [&](int thread_index, const std::string& name) -> step& {
    return r.on(thread_index).lock(name, name + " lock", "spinlock", 25);
  };
  const auto fail = [&](int thread_index, const std::string& name) {
    step& value = r.on(thread_index).add(step_kind::trylock, name, 26);
    value.lock_class = name + " lock";
    value.after = "0";
  };
  take(0, "A");
  const int first = take(1, "B").index;
  fail(0, "B");
  fail(1, "A");
  r.on(1).unlock("B", 27);
  r.on(0).unlock("A", 27);
  const int last = take(0, "A").index;
  violation& result = r.violate(
      "livelock",
      "taker 0 and taker 1 go round for ever: after 6 steps everything is as it was before");
  result.thread = result.step = -1;
  result.repeats = step_range{first, last};
  return r.finished();
}

void expect_golden(std::string_view name, const std::string& text) {
  const std::string path = std::string(PTLCHECK_TEST_DIR "/golden/") + std::string(name);
  if (std::getenv("PTLCHECK_UPDATE_GOLDEN") != nullptr) {
    std::ofstream out(path, std::ios::binary);
    out << text;
    ASSERT_TRUE(out.flush()) << path;
    return;
  }
  std::ifstream in(path, std::ios::binary);
  ASSERT_TRUE(in) << "no " << path << "; run with PTLCHECK_UPDATE_GOLDEN=1 and review it";
  const std::string expected{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(text, expected) << name << " differs; run with PTLCHECK_UPDATE_GOLDEN=1 and review";
}

int widest(std::string_view text) {
  int most = 0, here = 0;
  bool escape = false;
  for (const char c : text) {
    if (escape) {
      escape = c != 'm';
    } else if (c == '\033') {
      escape = true;
    } else if (c == '\n') {
      here = 0;
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      most = std::max(most, ++here);
    }
  }
  return most;
}

}  // namespace samples
