// SPDX-License-Identifier: GPL-2.0-only
#include "checker/trace/symbolize.hpp"

#include <backtrace.h>
#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>

namespace checker::trace {
namespace {

constexpr std::string_view own_file = "checker/trace/symbolize.cpp";

void ignore_error(void*, const char*, int) {}

/// libbacktrace never frees a state, so there is one per process.
backtrace_state* shared_state() {
  static backtrace_state* const state = backtrace_create_state(nullptr, 0, ignore_error, nullptr);
  return state;
}

std::string demangled(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), &std::free);
  return status == 0 && text ? text.get() : symbol;
}

struct line_info {
  const char* function;
  const char* file;
  int line;
};

/// Called for each function inlined at the address, the innermost first.
int collect_line(void* data, std::uintptr_t, const char* file, int line, const char* function) {
  if (file != nullptr || function != nullptr)
    static_cast<std::vector<line_info>*>(data)->push_back({function, file, line});
  return 0;
}

void collect_symbol(void* data, std::uintptr_t, const char* symbol, std::uintptr_t,
                    std::uintptr_t) {
  if (symbol != nullptr) *static_cast<std::string*>(data) = symbol;
}

std::vector<line_info> lines_at(std::uintptr_t address) {
  std::vector<line_info> lines;
  if (shared_state() != nullptr)
    backtrace_pcinfo(shared_state(), address, collect_line, ignore_error, &lines);
  return lines;
}

std::string symbol_at(std::uintptr_t address) {
  std::string symbol;
  if (shared_state() != nullptr)
    backtrace_syminfo(shared_state(), address, collect_symbol, ignore_error, &symbol);
  return symbol;
}

/// The compiler's own path of this file tells what stands before the source root in others.
__attribute__((noinline)) std::string build_prefix() {
  const auto here = reinterpret_cast<std::uintptr_t>(&build_prefix);
  for (const line_info& line : lines_at(here)) {
    const std::string_view file = line.file == nullptr ? "" : line.file;
    if (file.ends_with(own_file)) return std::string(file.substr(0, file.size() - own_file.size()));
  }
  return {};
}

/// The position of `wanted` outside all brackets; npos if there is none.
std::size_t find_outside(std::string_view text, std::string_view wanted, std::size_t from = 0) {
  int depth = 0;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (depth == 0 && text.substr(i).starts_with(wanted)) return i;
    if (text[i] == '(' || text[i] == '<' || text[i] == '{' || text[i] == '[') ++depth;
    if (text[i] == ')' || text[i] == '>' || text[i] == '}' || text[i] == ']') --depth;
  }
  return std::string_view::npos;
}

/// "operator<<" has brackets that are none.
bool is_operator(std::string_view name) {
  constexpr std::string_view word = "operator";
  return name.starts_with(word) && name.size() > word.size() &&
         !(std::isalnum(static_cast<unsigned char>(name[word.size()])) != 0 ||
           name[word.size()] == '_');
}

std::string_view without_arguments(std::string_view name) {
  // The name may itself begin with a bracket: "(anonymous namespace)::f(int)", "{lambda()#1}".
  std::size_t from = 0;
  for (std::size_t next; (next = find_outside(name, "::", from)) != std::string_view::npos;) {
    const std::size_t bracket = find_outside(name, "(", from);
    if (bracket < next && bracket > from) break;  // the arguments of a function that encloses it
    from = next + 2;
  }
  std::string_view last = name.substr(from);
  if (is_operator(last)) {
    const std::size_t arguments = last.find('(', last.starts_with("operator()") ? 10 : 0);
    return last.substr(0, arguments);
  }
  return last.substr(0, std::min(last.find_first_of("(<", 1), last.size()));
}

}  // namespace

std::string short_name(std::string_view symbol) {
  // Clones of one function ("f.part.0", "f [clone .isra.0]") are that function.
  symbol = symbol.substr(0, symbol.find(" [clone"));
  for (const std::string_view suffix : {".part.", ".isra.", ".constprop.", ".cold", ".llvm."})
    symbol = symbol.substr(0, symbol.find(suffix));
  // A lambda is told by the function it stands in.
  const std::size_t lambda = std::min(symbol.find("::{lambda"), symbol.find("::$_"));
  if (lambda != std::string_view::npos)
    return fmt::format("{} lambda", without_arguments(symbol.substr(0, lambda)));
  std::string_view name = without_arguments(symbol);
  const std::size_t space = name.rfind(' ');  // a template's return type
  if (space != std::string_view::npos && !name.starts_with("operator"))
    name.remove_prefix(space + 1);
  return std::string(name.empty() ? symbol : name);
}

symbolizer::symbolizer() : prefix_(build_prefix()) {}

std::string symbolizer::relative_file(std::string_view file) const {
  if (!prefix_.empty() && file.starts_with(prefix_)) file.remove_prefix(prefix_.size());
  return std::string(file);
}

const std::string& symbolizer::name_of(const char* symbol) {
  const auto [place, added] = names_.try_emplace(symbol);
  if (added) place->second = short_name(demangled(symbol));
  return place->second;
}

const std::vector<frame>& symbolizer::frames_at(std::uintptr_t return_address) {
  const auto [place, added] = cache_.try_emplace(return_address);
  std::vector<frame>& frames = place->second;
  if (!added) return frames;
  // The call stands before the address it returns to, maybe on another line.
  const std::uintptr_t address = return_address == 0 ? 0 : return_address - 1;
  // Nothing is mapped so low; but the debug information of functions that the linker left out says
  // they are there.
  constexpr std::uintptr_t lowest_code = 0x10000;
  for (const line_info& line :
       address < lowest_code ? std::vector<line_info>{} : lines_at(address)) {
    const std::string symbol = line.function == nullptr ? symbol_at(address) : line.function;
    frames.push_back(
        {name_of(symbol.c_str()), relative_file(line.file == nullptr ? "" : line.file), line.line});
  }
  if (frames.empty()) {
    const std::string symbol = symbol_at(address);
    frames.push_back(
        {symbol.empty() ? fmt::format("{:#x}", return_address) : name_of(symbol.c_str()), "", 0});
  }
  std::reverse(frames.begin(), frames.end());
  return frames;
}

void read_debug_information() {
  symbolizer().frames_at(reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)));
}

}  // namespace checker::trace
