// SPDX-License-Identifier: GPL-2.0-only
// Measurements as tables in Markdown, and as a plot.
#pragma once

#include <span>
#include <string>

#include "tests/benchmarks/measurement.hpp"

namespace benchmarks {

/// A search that stores states is waited for so many times as long as another one.
inline constexpr int patience_with_states = 6;

/// `most_seconds`: after which a search without stored states was given up.
std::string tables(std::span<const measurement> all, double most_seconds);

/// How time and memory grow with pages and faulters, as an SVG.
std::string plot(std::span<const measurement> all);

}  // namespace benchmarks
