// SPDX-License-Identifier: GPL-2.0-only
#include "tests/benchmarks/stock_relacy.hpp"

#include <ostream>
#include <streambuf>

#include "checker/relacy/include_relacy.hpp"

namespace benchmarks {
namespace {

class null_buffer : public std::streambuf {
 protected:
  int overflow(int character) override { return character; }
};

// Loads and stores are sequentially consistent, so that Relacy offers only the latest value, as our
// search does; entries are read without the lock, so they must be atomics for it.
// Relacy takes a while to compile for each number of threads, so the number of pages is no type.
int pages = 0;

template <int Faulters>
struct fork_faults : rl::test_suite<fork_faults<Faulters>, Faulters + 1> {
  rl::mutex src_lock, dst_lock;
  rl::atomic<int> src[stock_most_pages], dst[stock_most_pages];

  void before() {
    for (int i = 0; i < pages; ++i) {
      src[i].store(3, rl::mo_seq_cst, RL_INFO);
      dst[i].store(0, rl::mo_seq_cst, RL_INFO);
    }
  }

  void thread(unsigned index) {
    if (index == 0) {
      copy();
    } else {
      fault();
    }
  }

  void copy() {
    dst_lock.lock(RL_INFO);
    src_lock.lock(RL_INFO);
    for (int i = 0; i < pages; ++i) {
      const int value = src[i].load(rl::mo_seq_cst, RL_INFO) & ~1;
      src[i].store(value, rl::mo_seq_cst, RL_INFO);
      dst[i].store(value, rl::mo_seq_cst, RL_INFO);
    }
    src_lock.unlock(RL_INFO);
    dst_lock.unlock(RL_INFO);
  }

  void fault() {
    for (int i = 0; i < pages; ++i) {
      const int seen = src[i].load(rl::mo_seq_cst, RL_INFO);
      src_lock.lock(RL_INFO);
      const int value = src[i].load(rl::mo_seq_cst, RL_INFO);
      if (value == seen) src[i].store(value | 8, rl::mo_seq_cst, RL_INFO);
      src_lock.unlock(RL_INFO);
    }
  }
};

template <int Faulters>
std::uint64_t search() {
  null_buffer nowhere;
  std::ostream out(&nowhere);
  rl::test_params params;
  params.search_type = rl::fair_full_search_scheduler_type;
  params.output_stream = &out;
  params.progress_stream = &out;
  return rl::simulate<fork_faults<Faulters>>(params) ? params.stop_iteration : 0;
}

}  // namespace

std::uint64_t stock_full_search(int pages_to_copy, int faulters) {
  if (pages_to_copy < 1 || pages_to_copy > stock_most_pages) return 0;
  pages = pages_to_copy;
  switch (faulters) {
    case 1:
      return search<1>();
    case 2:
      return search<2>();
    case 3:
      return search<3>();
    default:
      return 0;
  }
}

}  // namespace benchmarks
