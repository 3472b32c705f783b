// SPDX-License-Identifier: GPL-2.0-only
// Spin as a program: a Promela model made into a verifier, and the verifier run. It needs `spin`
// and `gcc` in the path.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace peers {

bool spin_installed();

/// Compiled in a directory of its own, which is gone in the end. All throw std::runtime_error, with
/// what was printed, where a command fails.
class verifier {
 public:
  /// Makes the verifier: `spin SPIN_FLAGS -a`, `gcc COMPILER_FLAGS`. It tells the time of its
  /// search in nanoseconds, where Spin's own has a hundredth of a second.
  verifier(const std::string& model, const std::string& spin_flags,
           const std::string& compiler_flags);
  verifier(const verifier&) = delete;
  verifier& operator=(const verifier&) = delete;
  ~verifier();

  /// What it printed. Throws where it did not visit every state, too.
  std::string run(const std::string& arguments) const;

 private:
  std::string command(const std::string& line) const;

  std::filesystem::path directory_;
};

/// What a verifier printed of its search.
struct search_figures {
  std::uint64_t states = 0;
  double seconds = 0;       ///< of the search alone
  std::uint64_t bytes = 0;  ///< the states and the hash table; not the stack
};

search_figures read_figures(const std::string& output);

}  // namespace peers
