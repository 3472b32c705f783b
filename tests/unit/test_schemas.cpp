// SPDX-License-Identifier: GPL-2.0-only
// The schemas in docs/ describe what the program writes, and refuse what its reader refuses.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "checker/report/run_json.hpp"
#include "checker/trace/json.hpp"
#include "sample_results.hpp"

namespace checker {
namespace {

using nlohmann::json;

/// As much of JSON Schema as docs/ uses; a keyword it does not know is an error.
class validator {
 public:
  explicit validator(const std::string& file) {
    std::ifstream in(PTLCHECK_TEST_DIR "/../docs/" + file);
    EXPECT_TRUE(in) << file;
    schema_ = json::parse(in);
  }

  /// Nothing if `value` fits, else where and why not.
  std::optional<std::string> trouble(const json& value) const { return check(schema_, value, "$"); }
  json& schema() { return schema_; }

 private:
  using answer = std::optional<std::string>;

  static bool has_type(const std::string& type, const json& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    throw std::runtime_error("unknown type " + type);
  }

  answer check(const json& rules, const json& value, const std::string& at) const {
    if (rules.is_boolean()) return rules.get<bool>() ? answer() : at + ": nothing may stand here";
    for (const auto& [keyword, rule] : rules.items())
      if (answer wrong = apply(keyword, rule, rules, value, at)) return wrong;
    return std::nullopt;
  }

  answer apply(const std::string& keyword, const json& rule, const json& rules, const json& value,
               const std::string& at) const {
    const auto unless = [&](bool fits) { return fits ? answer() : at + ": breaks " + keyword; };
    if (keyword.starts_with("$") && keyword != "$ref") return std::nullopt;
    if (keyword == "title" || keyword == "description" || keyword == "default" || keyword == "then")
      return std::nullopt;
    if (keyword == "$ref") {
      const auto name = rule.get<std::string>();
      return check(schema_.at(json::json_pointer(name.substr(1))), value, at);
    }
    if (keyword == "type") return unless(has_type(rule, value));
    if (keyword == "const") return unless(value == rule);
    if (keyword == "enum") return unless(std::find(rule.begin(), rule.end(), value) != rule.end());
    if (keyword == "minimum") return unless(!value.is_number() || value >= rule);
    if (keyword == "minItems") return unless(!value.is_array() || value.size() >= rule);
    if (keyword == "maxItems") return unless(!value.is_array() || value.size() <= rule);
    if (keyword == "pattern") {
      const bool fits =
          value.is_string() &&
          testing::Value(value.get<std::string>(), testing::ContainsRegex(rule.get<std::string>()));
      return unless(fits || !value.is_string());
    }
    if (keyword == "required") {
      for (const json& name : rule)
        if (value.is_object() && !value.contains(name)) return at + ": lacks " + name.dump();
      return std::nullopt;
    }
    if (keyword == "properties" || keyword == "additionalProperties")
      return check_members(keyword, rule, rules, value, at);
    if (keyword == "items") {
      for (std::size_t i = 0; value.is_array() && i < value.size(); ++i)
        if (answer wrong = check(rule, value[i], fmt::format("{}[{}]", at, i))) return wrong;
      return std::nullopt;
    }
    if (keyword == "oneOf") {
      return unless(std::count_if(rule.begin(), rule.end(),
                                  [&](const json& one) { return !check(one, value, at); }) == 1);
    }
    if (keyword == "if") return check(rule, value, at) ? answer() : check(rules["then"], value, at);
    throw std::runtime_error("unknown keyword " + keyword);
  }

  answer check_members(const std::string& keyword, const json& rule, const json& rules,
                       const json& value, const std::string& at) const {
    if (!value.is_object()) return std::nullopt;
    for (const auto& [name, member] : value.items()) {
      const bool named = rules.contains("properties") && rules["properties"].contains(name);
      const std::string place = at + "." + name;
      if (keyword == "properties" && named)
        if (answer wrong = check(rule[name], member, place)) return wrong;
      if (keyword == "additionalProperties" && !named)
        if (answer wrong = check(rule, member, place)) return wrong;
    }
    return std::nullopt;
  }

  json schema_;
};

const std::vector<trace::document> documents = {
    samples::rss(),       samples::deadlock(),  samples::data_race(), samples::use_after_free(),
    samples::recursion(), samples::inversion(), samples::livelock(),
};

TEST(trace_schema, fits_what_is_written) {
  const validator schema("trace.schema.json");
  for (const trace::document& document : documents)
    EXPECT_EQ(schema.trouble(json::parse(to_json(document))), std::nullopt) << document.scenario;
}

TEST(trace_schema, allows_every_member_the_program_can_write) {
  validator schema("trace.schema.json");
  trace::document full = samples::deadlock();
  const trace::document inversion = samples::inversion(), race = samples::data_race();
  full.schedule.push_back({true, 1, "need_resched"});
  full.result.cycle = full.lock_edges;
  full.result.cycle[0].from_subclass = full.result.cycle[0].to_subclass = 1;
  full.result.conflicting_steps = {0, 1};
  full.result.repeats = trace::step_range{0, 1};
  full.result.covering_lock = "lock";
  full.result.covering_lock_class = "class";
  full.result.covering_lock_kind = "spinlock";
  full.steps[3].marked = true;
  full.steps[3].operation = 1;
  full.steps[3].mode = trace::lock_mode::read;
  full.steps[3].notes = {"note"};
  full.threads[0].operations.push_back("second");
  full.steps[3].held[0].mode = trace::lock_mode::read;
  const json written = json::parse(to_json(full));
  EXPECT_EQ(schema.trouble(written), std::nullopt);
  // And the schema names no member that is never written.
  const json& defs = schema.schema()["$defs"];
  const auto seen = [](const json& list, const std::string& member) {
    return std::any_of(list.begin(), list.end(),
                       [&](const json& entry) { return entry.contains(member); });
  };
  const std::vector<std::pair<std::string, json>> places = {
      {"step", written["steps"]},
      {"held_lock", written["held_locks"]},
      {"frame", written["frames"]},
      {"wait", written["result"]["waits"]},
      {"lock_edge", written["result"]["cycle"]},
      {"violation", json::array({written["result"]})},
      {"thread", written["threads"]}};
  for (const auto& [name, list] : places)
    for (const auto& [member, rule] : defs[name]["properties"].items())
      EXPECT_TRUE(seen(list, member)) << name << "." << member;
}

TEST(trace_schema, refuses_what_the_reader_refuses) {
  const validator schema("trace.schema.json");
  const json good = json::parse(to_json(samples::deadlock()));
  const std::vector<std::pair<const char*, json>> changes = {
      {"/steps/3/thread", "one"},
      {"/steps/3/kind", "jump"},
      {"/steps/3/address", "0x1g"},
      {"/steps/3/extra", 1},
      {"/version", 2},
      {"/format", "other"},
      {"/threads", json::array()},
      {"/result/kind", 3},
      {"/schedule/0", json::object()},
      {"/held_locks/0/mode", "x"},
      {"/steps/3/index", -1},
      {"/extra", 1},
      {"/frames/0/line", -1},
      {"/lock_edges/0/thread", -1},
      {"/result/waits/0/holders", 1},
  };
  for (const auto& [place, value] : changes) {
    json bad = good;
    bad[json::json_pointer(place)] = value;
    EXPECT_TRUE(schema.trouble(bad)) << place;
    EXPECT_THROW(trace::from_json(bad.dump()), trace::format_error) << place;
  }
}

TEST(run_schema, fits_what_is_written) {
  const validator schema("run.schema.json");
  EXPECT_EQ(schema.trouble(json::parse(report::run_json(samples::results()))), std::nullopt);
  auto with_coverage = samples::results();
  with_coverage.front().reached = samples::reached();
  for (const bool lines : {false, true}) {
    EXPECT_EQ(schema.trouble(json::parse(report::run_json(with_coverage, lines))), std::nullopt);
  }
  EXPECT_EQ(schema.trouble(json::parse(report::run_json({}))), std::nullopt);
}

TEST(run_schema, asks_for_the_kind_of_a_violation) {
  const validator schema("run.schema.json");
  json root = json::parse(report::run_json(samples::results()));
  root["results"][1].erase("kind");
  EXPECT_TRUE(schema.trouble(root));
}

}  // namespace
}  // namespace checker
