// SPDX-License-Identifier: GPL-2.0-only
// Makes the model's built-in patches known to the command line.
#include "checker/run/registry.hpp"
#include "model/patch.hpp"

namespace {

const checker::registry::registration patch_scenarios{[] {
  for (const model::patch_info& info : model::patch_infos) {
    checker::registry::add(checker::patch{info.name, info.kernel, info.summary});
  }
}};

}  // namespace
