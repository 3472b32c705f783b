// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/junit.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <pugixml.hpp>
#include <sstream>

#include "checker/report/outcome.hpp"
#include "checker/report/table.hpp"
#include "checker/report/text.hpp"

namespace checker::report {
namespace {

struct counts {
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;

  void operator+=(const counts& other) {
    tests += other.tests;
    failures += other.failures;
    errors += other.errors;
    skipped += other.skipped;
    seconds += other.seconds;
  }
};

/// Keeps line breaks; other control characters are not allowed in XML at all.
std::string xml_text(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    safe += printable(text.substr(0, end));
    if (end < text.size()) safe += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return safe;
}

void set(pugi::xml_node node, const char* name, const std::string& value) {
  node.append_attribute(name) = xml_text(value).c_str();
}

std::string seconds_text(double seconds) {
  return fmt::format("{:.3f}", std::isfinite(seconds) ? std::max(seconds, 0.0) : 0.0);
}

void add_verdict(pugi::xml_node node, const char* element, const std::string& message,
                 const std::string& type, const std::string& text) {
  pugi::xml_node child = node.append_child(element);
  set(child, "message", message);
  if (!type.empty()) set(child, "type", type);
  if (!text.empty()) child.append_child(pugi::node_pcdata).set_value(xml_text(text).c_str());
}

std::string violation_text(const violation_group& group, const std::string& program) {
  table_options options;
  options.program = program;
  if (!group.trace_file.empty()) options.trace_file = group.trace_file;
  std::string text = "\n" + table(group.counterexample, options);
  if (!group.repeats) text += fmt::format("\nThe violation did not repeat: {}\n", group.divergence);
  return text;
}

void add_failure(pugi::xml_node node, const result& value, const std::string& program) {
  const violation_group* const group = leading_violation(value);
  const std::string expected = expected_words(value.expected);
  if (value.outcome != verdict::violation || group == nullptr) {
    add_verdict(node, "failure", fmt::format("{}; expected {}", verdict_words(value), expected),
                "no-violation", "");
    return;
  }
  std::string message =
      fmt::format("{}: {}", verdict_words(value), group->counterexample.result.message);
  message += group->repeats ? fmt::format("; expected {}", expected) : "; it did not repeat";
  add_verdict(node, "failure", message, group->kind, violation_text(*group, program));
}

counts add_case(pugi::xml_node suite, const result& value, const std::string& program) {
  pugi::xml_node node = suite.append_child("testcase");
  set(node, "name", result_name(value));
  set(node, "classname", value.kernel.empty() ? "toy" : value.kernel);
  set(node, "time", seconds_text(value.seconds));
  counts counted{.tests = 1, .seconds = std::isfinite(value.seconds) ? value.seconds : 0.0};
  if (value.outcome == verdict::error) {
    add_verdict(node, "error", value.error.empty() ? "the checker failed" : value.error, "error",
                "");
    counted.errors = 1;
  } else if (inconclusive(value)) {
    add_verdict(node, "skipped",
                fmt::format("bounded by {}: neither proved nor refuted", value.bound), "", "");
    counted.skipped = 1;
  } else if (!value.as_expected()) {
    add_failure(node, value, program);
    counted.failures = 1;
  }
  return counted;
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[32] = {};
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return text;
}

std::string this_host() {
  char name[256] = {};
  const bool known = ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0';
  return known ? name : "localhost";
}

counts add_cases(pugi::xml_node suite, const std::vector<const result*>& members,
                 const std::string& program) {
  suite.append_child("properties");
  counts counted;
  std::string summary;
  for (const result* value : members) {
    counted += add_case(suite, *value, program);
    summary += fmt::format("{}: {}, {} executions, {} steps, {} states, depth {}\n",
                           result_name(*value), verdict_words(*value), value->executions,
                           value->steps, value->states, value->depth);
  }
  suite.append_child("system-out")
      .append_child(pugi::node_pcdata)
      .set_value(xml_text(summary).c_str());
  suite.append_child("system-err");
  return counted;
}

}  // namespace

std::string junit(const std::vector<result>& results, const junit_options& options) {
  std::map<std::string, std::vector<const result*>> by_kernel;
  for (const result& value : results)
    by_kernel[value.kernel.empty() ? "toy" : value.kernel].push_back(&value);

  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  // No attributes here: Ant's schema has none.
  pugi::xml_node root = document.append_child("testsuites");
  int number = 0;
  for (const auto& [kernel, members] : by_kernel) {
    pugi::xml_node suite = root.append_child("testsuite");
    set(suite, "name", kernel);
    set(suite, "package", "ptlcheck");
    suite.append_attribute("id") = number++;
    set(suite, "timestamp", options.timestamp.empty() ? now() : options.timestamp);
    set(suite, "hostname", options.hostname.empty() ? this_host() : options.hostname);
    const counts counted = add_cases(suite, members, options.program);
    suite.append_attribute("tests") = counted.tests;
    suite.append_attribute("failures") = counted.failures;
    suite.append_attribute("errors") = counted.errors;
    suite.append_attribute("skipped") = counted.skipped;
    set(suite, "time", seconds_text(counted.seconds));
  }
  std::ostringstream text;
  document.save(text, "  ", pugi::format_default, pugi::encoding_utf8);
  return text.str();
}

}  // namespace checker::report
