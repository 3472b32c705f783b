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
template <int Pages, int Faulters>
struct fork_faults : rl::test_suite<fork_faults<Pages, Faulters>, Faulters + 1> {
  rl::mutex src_lock, dst_lock;
  rl::atomic<int> src[Pages], dst[Pages];

  void before() {
    for (int i = 0; i < Pages; ++i) {
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
    for (int i = 0; i < Pages; ++i) {
      const int value = src[i].load(rl::mo_seq_cst, RL_INFO) & ~1;
      src[i].store(value, rl::mo_seq_cst, RL_INFO);
      dst[i].store(value, rl::mo_seq_cst, RL_INFO);
    }
    src_lock.unlock(RL_INFO);
    dst_lock.unlock(RL_INFO);
  }

  void fault() {
    for (int i = 0; i < Pages; ++i) {
      const int seen = src[i].load(rl::mo_seq_cst, RL_INFO);
      src_lock.lock(RL_INFO);
      const int value = src[i].load(rl::mo_seq_cst, RL_INFO);
      if (value == seen) src[i].store(value | 8, rl::mo_seq_cst, RL_INFO);
      src_lock.unlock(RL_INFO);
    }
  }
};

template <int Pages, int Faulters>
std::uint64_t search() {
  null_buffer nowhere;
  std::ostream out(&nowhere);
  rl::test_params params;
  params.search_type = rl::fair_full_search_scheduler_type;
  params.output_stream = &out;
  params.progress_stream = &out;
  return rl::simulate<fork_faults<Pages, Faulters>>(params) ? params.stop_iteration : 0;
}

template <int Faulters>
std::uint64_t search(int pages) {
  switch (pages) {
    case 1:
      return search<1, Faulters>();
    case 2:
      return search<2, Faulters>();
    case 3:
      return search<3, Faulters>();
    case 4:
      return search<4, Faulters>();
    default:
      return 0;
  }
}

}  // namespace

std::uint64_t stock_full_search(int pages, int faulters) {
  switch (faulters) {
    case 1:
      return search<1>(pages);
    case 2:
      return search<2>(pages);
    case 3:
      return search<3>(pages);
    default:
      return 0;
  }
}

}  // namespace benchmarks
