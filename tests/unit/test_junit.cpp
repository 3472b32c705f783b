// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>

#include <pugixml.hpp>

#include "checker/report/junit.hpp"
#include "sample_results.hpp"

namespace checker::report {
namespace {

using testing::HasSubstr;

pugi::xml_document parse(const std::string& text) {
  pugi::xml_document document;
  const pugi::xml_parse_result result = document.load_string(text.c_str());
  EXPECT_TRUE(result) << result.description();
  return document;
}

TEST(junit, reads_as_expected) {
  samples::expect_golden("junit.xml", junit(samples::results(), {"2024-05-17T09:30:00", "host"}));
}

TEST(junit, counts_add_up) {
  const pugi::xml_document document = parse(junit(samples::results()));
  const pugi::xml_node root = document.child("testsuites");
  int tests = 0, failures = 0, errors = 0, skipped = 0;
  for (const pugi::xml_node suite : root.children("testsuite")) {
    int here = 0, failed_here = 0;
    for (const pugi::xml_node node : suite.children("testcase")) {
      ++here;
      failed_here += node.child("failure") ? 1 : 0;
      errors += node.child("error") ? 1 : 0;
      skipped += node.child("skipped") ? 1 : 0;
      const std::string suite_name = suite.attribute("name").value();
      EXPECT_EQ(node.attribute("classname").value(), suite_name);
    }
    EXPECT_EQ(suite.attribute("tests").as_int(), here);
    EXPECT_EQ(suite.attribute("failures").as_int(), failed_here);
    failures += failed_here;
    tests += here;
  }
  EXPECT_EQ(tests, 8);
  EXPECT_EQ(failures, 3);
  EXPECT_EQ(errors, 1);
  EXPECT_EQ(skipped, 1);
}

TEST(junit, a_failure_holds_the_table) {
  const pugi::xml_document document = parse(junit({samples::results()[3]}));
  const pugi::xml_node node = document.child("testsuites").child("testsuite").child("testcase");
  EXPECT_STREQ(node.attribute("name").value(),
               "fork-vs-write-fault-vs-swapoff[wp-page-copy-early-rmap-remove]");
  const pugi::xml_node failure = node.child("failure");
  EXPECT_STREQ(failure.attribute("type").value(), "use-after-free");
  EXPECT_THAT(failure.child_value(), HasSubstr("▶fork()"));
  EXPECT_THAT(failure.child_value(),
              HasSubstr("ptlcheck replay fork-vs-write-fault-vs-swapoff.trace.json"));
}

TEST(junit, is_well_formed_whatever_the_text) {
  result value = samples::results()[3];
  value.scenario = "<a href=\"x\">&\x01\x1b[31m\xff]]>";
  value.violations[0].counterexample.result.message = "1 < 2 && \"quoted\" \x08";
  const pugi::xml_document document = parse(junit({value}));
  const pugi::xml_node node = document.child("testsuites").child("testsuite").child("testcase");
  EXPECT_STREQ(node.attribute("name").value(),
               "<a href=\"x\">&??[31m?]]>[wp-page-copy-early-rmap-remove]");
  EXPECT_THAT(node.child("failure").attribute("message").value(),
              HasSubstr("1 < 2 && \"quoted\" ?"));
}

TEST(junit, says_when_and_where) {
  const pugi::xml_document document = parse(junit({samples::verified()}));
  const pugi::xml_node suite = document.child("testsuites").child("testsuite");
  EXPECT_THAT(suite.attribute("timestamp").value(),
              testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"));
  EXPECT_STRNE(suite.attribute("hostname").value(), "");
}

TEST(junit, is_complete_without_results) { EXPECT_TRUE(parse(junit({})).child("testsuites")); }

}  // namespace
}  // namespace checker::report
