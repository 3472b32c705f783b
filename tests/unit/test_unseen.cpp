// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>

#include "checker/source/unseen.hpp"

namespace checker::source {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found_in(const std::string& line) {
  return unseen_accesses(line + "\n", {"vmf"});
}

TEST(unseen, is_a_structure_that_is_passed_out_of_memory) {
  EXPECT_THAT(found_in("  [mm/memory.c:12:3] _1 = [mm/memory.c:12:3] present ([mm/memory.c:12:5 "
                       "discrim 1] *src_pte_5(D));"),
              ElementsAre("mm/memory.c:12: an access that can't be seen: "
                          "_1 = present (*src_pte_5(D));"));
}

TEST(unseen, is_a_structure_that_a_call_returns_into_memory) {
  EXPECT_EQ(found_in("  [x.c:1:2] *pte_3 = [x.c:1:2] mk (page_2);").size(), 1U);
}

TEST(unseen, is_not_an_address_a_value_or_a_text) {
  EXPECT_THAT(found_in("  [x.c:1:2] f (&vma_2->lock, _3, \"a*b, c->d\");"), IsEmpty());
}

TEST(unseen, is_not_what_lies_on_the_stack) {
  EXPECT_THAT(found_in("  [x.c:1:2] _1 = f ([x.c:1:9] vmf_39(D)->orig_pte);"), IsEmpty());
  EXPECT_EQ(found_in("  [x.c:1:2] _1 = f ([x.c:1:9] a_vmf_39(D)->orig_pte);").size(), 1U);
}

TEST(unseen, is_not_an_announcement) {
  EXPECT_THAT(found_in("  __tsan_read8 (*pte_3);"), IsEmpty());
}

}  // namespace
}  // namespace checker::source
