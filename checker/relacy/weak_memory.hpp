// SPDX-License-Identifier: GPL-2.0-only
// Weak memory: what Relacy's C++11 model lets a load see, and what it orders. Nothing of Relacy
// shows here.
//
// Memory itself (the arena) always holds the newest value in modification order, which is the order
// of execution. Beside it stands, for each place that was stored to in the execution under way, a
// history of its last stores with Relacy's clocks. A load that reads an older store finds that
// store's value in memory until settle() puts the newest one back, which must be before anybody
// else runs: a compiler's hook comes before the access, and can't hand over a value.
//
// A place is the bytes of one store, inside one aligned 8-byte word. A load inside one place may
// see its older stores; a load across several sees the newest of each. A store across several, or
// across the edge of one, makes one place of them, whose older stores are forgotten: everybody sees
// it.
//
// Where C++11 and the kernel's model differ, this is what happens:
// - A seq_cst access is also a seq_cst fence: a load has one before it, a store after it, a
//   read-modify-write on both sides. So a seq_cst read-modify-write is the full barrier that
//   value-returning atomics of the kernel are, and Relacy, which relates seq_cst accesses and
//   fences to each other less than C++11 does, shows nothing that C++11 forbids.
// - An unlock followed by a lock orders as the kernel has it (but for a store before and a load
//   after), also for threads that don't take the lock.
// - A load through a pointer is ordered after the load that found the pointer in the arena (an
//   address dependency): that is taken to be so for every address within `object_reach` bytes of
//   the value found. Addresses computed from something else than a pointer depend on nothing unless
//   depends() says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace checker::relacy {

/// As __ATOMIC_* and rl::memory_order number them.
enum class memory_order : std::uint8_t { relaxed, consume, acquire, release, acq_rel, seq_cst };

/// How many stores past the newest a load may look back: what Relacy keeps.
inline constexpr int look_back = 2;
/// How often in a row a thread may read an older store of one place. Stores become visible in the
/// end: a loop that polls must not wait for ever.
inline constexpr int max_stale_reads = 8;
inline constexpr std::uintptr_t object_reach = 128;

/// All but begin_execution() on the fiber of the thread whose access it is, before the access.
/// REQUIRES: settle() between one access and whatever comes next.
class weak_memory {
 public:
  virtual ~weak_memory() = default;

  virtual void begin_execution() = 0;

  /// Asks the client (relacy::client::look_back) where several stores may be seen, unless `newest`.
  /// True if an older value stands in memory now.
  virtual bool load(const void* address, std::size_t size, memory_order order, bool newest) = 0;
  /// The value is looked at by settle().
  virtual void store(const void* address, std::size_t size, memory_order order) = 0;
  /// A relaxed store that settle() sees to have happened, or not: a compiler may announce the store
  /// of a copy twice, and do it the second time. One that changes nothing counts as one that leaves
  /// what others published; if it is a `copy`, as none.
  virtual void possible_store(const void* address, std::size_t size, bool copy) = 0;
  /// A read-modify-write: reads the newest value.
  virtual void update(const void* address, std::size_t size, memory_order order) = 0;
  virtual void fence(memory_order order) = 0;
  /// The thread found `object` by way of what it has loaded so far.
  virtual void depends(const void* object) = 0;

  /// Locks, told by their address. A reader is ordered after writers, a writer after both.
  virtual void acquire(const void* lock, bool exclusive) = 0;
  virtual void release(const void* lock, bool exclusive) = 0;
  /// A wait is over: an acquire load of the newest value; of a lock's releases too, if there is one
  /// in the word.
  virtual void waited(const void* address, std::size_t size) = 0;
  /// Bookkeeping stores to these bytes: everybody sees what it leaves there.
  virtual void forget(const void* address, std::size_t size) = 0;

  /// The accesses announced so far have happened.
  virtual void settle() = 0;

  /// False where max_stale_reads keeps the load under way from another older store.
  virtual bool may_look_back() = 0;
  /// Why not all that Relacy's model allows was shown, since the object was made; nullptr if all.
  virtual const char* bound() const = 0;
};

/// For executions of so many threads, 1 to max_threads.
std::unique_ptr<weak_memory> make_weak_memory(int threads);

}  // namespace checker::relacy
