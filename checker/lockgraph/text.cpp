// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/text.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "checker/lockgraph/graph.hpp"
#include "checker/lockgraph/lockgraph.hpp"

namespace checker::lockgraph {
namespace {

constexpr int mail_width = 76;

std::string_view verb_of(arc::type kind) {
  switch (kind) {
    case arc::type::order:
      return "then";
    case arc::type::waits:
      return "waits for";
    case arc::type::held_by:
      return "is held by";
    case arc::type::holds:
      return "holds";
    case arc::type::accesses:
      return "accesses";
    case arc::type::lacks:
      return "should hold";
  }
  return "";
}

class text_writer {
 public:
  explicit text_writer(const trace::document& document)
      : document_(document), graph_(build(document)) {}

  std::string write() {
    put(0, fmt::format("Locks of the violation {} in {}", report::printable(document_.result.kind),
                       report::printable(document_.scenario)));
    if (document_.result.waits.empty() && document_.result.cycle.empty()) {
      print(document_.result.conflicting_steps.empty() ? "Access that broke it:"
                                                       : "Conflicting accesses:",
            arc::type::accesses);
      print("Locks held there:", arc::type::holds);
      if (share_no_lock(document_)) put(2, no_shared_lock);
      print("Locks that should have been held:", arc::type::lacks);
    }
    print_cycle();
    print("Also waiting:", arc::type::waits);
    print("Also held:", arc::type::held_by);
    print("Order of acquisition:", arc::type::order);
    return std::move(text_);
  }

 private:
  void put(int indent, const std::string& line) {
    for (const std::string& part : report::wrap(line, mail_width - indent, 4))
      text_.append(static_cast<std::size_t>(indent), ' ').append(part).append("\n");
  }

  void put_arc(std::size_t from, std::size_t to, const arc& value) {
    std::string words =
        fmt::format("{} {} {}", report::glue(graph_[from].name), report::glue(verb_of(value.kind)),
                    report::glue(graph_[to].name));
    std::string about;
    for (const std::string& label : value.labels) {
      if (label == verb_of(value.kind) || label == "held by") continue;
      const std::string told = label == "holds (read)" ? "for reading" : label;
      about += (about.empty() ? "" : ", ") + report::glue(told);
    }
    put(2, about.empty() ? words : fmt::format("{} ({})", words, about));
  }

  template <typename Function>
  void each_arc(Function&& function) {
    for (std::size_t from = 0; from < boost::num_vertices(graph_); ++from) {
      const auto [first, last] = boost::out_edges(from, graph_);
      for (auto place = first; place != last; ++place)
        function(from, boost::target(*place, graph_), graph_[*place]);
    }
  }

  void print(const std::string& title, arc::type kind) {
    bool any = false;
    each_arc([&](std::size_t from, std::size_t to, const arc& value) {
      if (value.kind != kind || value.in_cycle) return;
      if (!any) {
        text_ += "\n";
        put(0, title);
      }
      any = true;
      put_arc(from, to, value);
    });
  }

  /// Around the cycle once, from its first vertex.
  void print_cycle() {
    std::size_t start = 0;
    while (start < boost::num_vertices(graph_) && !graph_[start].in_cycle) ++start;
    if (start == boost::num_vertices(graph_)) return;
    text_ += "\nShortest cycle:\n";
    std::size_t here = start;
    do {
      std::size_t next = start;
      const auto [first, last] = boost::out_edges(here, graph_);
      for (auto place = first; place != last; ++place) {
        if (!graph_[*place].in_cycle) continue;
        next = boost::target(*place, graph_);
        put_arc(here, next, graph_[*place]);
      }
      here = next;
    } while (here != start);
  }

  const trace::document& document_;
  graph graph_;
  std::string text_;
};

}  // namespace

std::string text(const trace::document& document) { return text_writer(document).write(); }

}  // namespace checker::lockgraph
