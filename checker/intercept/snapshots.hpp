// SPDX-License-Identifier: GPL-2.0-only
// What the steps of an execution change, so that they can be taken back one by one: words of the
// arena, and the stack and state of the thread that makes the step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "checker/intercept/arena.hpp"

namespace checker {

class snapshots {
 public:
  void clear() {
    marks_.clear();
    words_.clear();
    images_.clear();
    used_ = 0;
  }
  std::size_t size() const { return marks_.size(); }

  /// The next step begins.
  void mark() { marks_.push_back({words_.size(), images_.size()}); }
  /// The step under way is going to change the word. No matter before the first mark().
  void word_changes(std::uint32_t word, std::uint64_t value) {
    if (!marks_.empty()) words_.push_back({word, value});
  }
  /// The step under way is going to change these bytes.
  void bytes_change(void* address, std::size_t size) {
    if (size == 0) return;
    if (used_ + size > bytes_.size()) bytes_.resize(2 * (used_ + size));
    std::memcpy(bytes_.data() + used_, address, size);
    images_.push_back({static_cast<char*>(address), size, used_});
    used_ += size;
  }
  /// Takes back all steps from number `step` on, counted from 0. Not on a stack that changes.
  void take_back(std::size_t step) {
    const auto& from = marks_[step];
    while (words_.size() > from.words) {
      store_word(words_.back().word, words_.back().value);
      words_.pop_back();
    }
    while (images_.size() > from.images) {
      const auto& image = images_.back();
      std::memcpy(image.address, bytes_.data() + image.begin, image.size);
      used_ = image.begin;
      images_.pop_back();
    }
    marks_.resize(step);
  }

 private:
  struct step_mark {
    std::size_t words, images;
  };
  struct changed_word {
    std::uint32_t word;
    std::uint64_t value;
  };
  struct kept_bytes {
    char* address;
    std::size_t size, begin;
  };

  std::vector<step_mark> marks_;
  std::vector<changed_word> words_;
  std::vector<kept_bytes> images_;
  std::vector<char> bytes_;  ///< what is behind `used_` is only there so as not to be made again
  std::size_t used_ = 0;
};

}  // namespace checker
