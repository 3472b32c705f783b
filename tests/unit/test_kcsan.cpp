// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>

#include "checker/report/kcsan.hpp"
#include "samples.hpp"

namespace checker::report {
namespace {

TEST(kcsan, reads_as_the_kernel_prints_it) {
  const trace::document document = samples::data_race();
  const auto& pair = document.result.conflicting_steps;
  const trace::step& one = document.steps[static_cast<std::size_t>(pair[0])];
  const trace::step& other = document.steps[static_cast<std::size_t>(pair[1])];
  samples::expect_golden("kcsan-data-race.txt", kcsan(one, other, document.threads));
  EXPECT_EQ(kcsan(other, one, document.threads), kcsan(one, other, document.threads));
}

TEST(kcsan, names_a_race_of_a_function_with_itself_once) {
  trace::step step;
  step.stack = {{"f", "", 0}};
  EXPECT_EQ(kcsan_title(step, step), "BUG: KCSAN: data-race in f");
}

TEST(kcsan, leaves_out_what_the_kernel_inlines) {
  trace::step step;
  step.kind = trace::step_kind::rmw;
  step.marked = true;
  step.stack = {{"wp_page_copy", "", 0}, {"ptep_get_and_clear", "", 0}, {"atomic_xchg", "", 0}};
  EXPECT_EQ(kcsan_title(step, step), "BUG: KCSAN: data-race in ptep_get_and_clear");
  EXPECT_THAT(kcsan(step, step, {}), testing::Not(testing::HasSubstr("atomic_xchg")));
  EXPECT_THAT(kcsan(step, step, {}), testing::HasSubstr("read-write (marked) to 0x"));
  step.stack = {{"atomic_xchg", "", 0}};
  EXPECT_EQ(kcsan_title(step, step), "BUG: KCSAN: data-race in atomic_xchg");
}

TEST(kcsan, prints_steps_without_a_stack) {
  trace::step load, store;
  load.object = "flag";
  store.object = "flag";
  store.kind = trace::step_kind::store;
  store.thread = 7;
  const std::string text = kcsan(load, store, {});
  EXPECT_THAT(text, testing::HasSubstr("data-race in flag\n"));
  EXPECT_THAT(text, testing::HasSubstr("by task thread 7 on cpu 7:"));
}

}  // namespace
}  // namespace checker::report
