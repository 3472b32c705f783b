// SPDX-License-Identifier: GPL-2.0-only
// How much of memory an instruction of x86-64 touches.
#pragma once

#include <cstddef>

namespace checker {

/// Bytes that the instruction at `instruction` moves to or from memory in one go: for a repeated
/// string instruction, one element. 1 where that is not known: an instruction that compilers and
/// the C library have no use for there, or one whose mask may leave bytes out.
std::size_t moved_bytes(const unsigned char* instruction);

}  // namespace checker
