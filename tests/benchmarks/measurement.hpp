// SPDX-License-Identifier: GPL-2.0-only
// What benchmark_peers measures, and how it is kept: one line of CSV per run.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

namespace benchmarks {

enum class peer : std::uint8_t {
  ours,                ///< the graph of states that matter: the default
  ours_unreduced,      ///< the same, `--reduce none`
  ours_two_workers,    ///< the same, `--reduce none -j 2`
  ours_twice,          ///< `--reduce none -j 1` by two processes at once, which share nothing
  ours_without_cache,  ///< DPOR: every execution that matters
  spin,                ///< a verifier made by Spin, with its partial-order reduction
  stock_relacy,        ///< Relacy's own full search: every interleaving
};

const char* to_string(peer who);

/// One size of toy/fork_faults.
struct world_size {
  int pages = 0, faulters = 0;
  auto operator<=>(const world_size&) const = default;
};

/// One run.
struct measurement {
  peer who = peer::ours;
  world_size size;
  int repetition = 0;
  double seconds = 0;  ///< of the search alone
  std::uint64_t executions = 0, steps = 0, states = 0;
  std::uint64_t bytes = 0;  ///< of all stored states, with the table they are found by
  bool complete = true;     ///< false: given up for lack of time
};

void write_csv(std::ostream& out, std::span<const measurement> all);
/// Throws std::runtime_error if that is not what write_csv() writes.
std::vector<measurement> read_csv(std::istream& in);

struct spread {
  std::size_t count = 0;  ///< of values; the rest means nothing if 0
  double median = 0, lower_quartile = 0, upper_quartile = 0, least = 0, most = 0;
};

spread spread_of(std::vector<double> values);

/// The measurements of one peer at one size that are complete.
std::vector<measurement> completed(std::span<const measurement> all, peer who, world_size size);
/// The seconds of one peer by those of another, run for run of the same repetition.
spread paired_ratio(std::span<const measurement> all, world_size size, peer dividend, peer divisor);

}  // namespace benchmarks
