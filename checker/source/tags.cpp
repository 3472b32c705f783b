// SPDX-License-Identifier: GPL-2.0-only
#include "checker/source/tags.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "checker/source/program.hpp"

namespace checker::source {

std::vector<tag> tags_of(const std::vector<std::filesystem::path>& files,
                         const std::vector<std::string>& ignored) {
  std::vector<std::string> command{"ctags",
                                   "--options=NONE",
                                   "--output-format=json",
                                   "--fields=+n",
                                   "--language-force=C",
                                   "--kinds-C=+px-m",
                                   "--sort=no",
                                   "-o",
                                   "-"};
  for (const auto& each : ignored) command.insert(command.end(), {"-I", each});
  for (const auto& each : files) command.push_back(each.string());
  const auto outcome = run_program(command);
  if (outcome.status != 0) {
    throw std::runtime_error(fmt::format(
        "Universal Ctags is needed to read C (package universal-ctags): {}", last_words(outcome)));
  }
  std::vector<tag> tags;
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) {
    const auto value = nlohmann::json::parse(line, nullptr, false);
    if (value.is_discarded() || value.value("_type", "") != "tag") continue;
    tags.push_back({value.value("name", ""), value.value("kind", ""), value.value("path", ""),
                    value.value("line", std::size_t{0})});
  }
  return tags;
}

}  // namespace checker::source
