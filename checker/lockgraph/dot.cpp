// SPDX-License-Identifier: GPL-2.0-only
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "checker/lockgraph/graph.hpp"
#include "checker/lockgraph/lockgraph.hpp"
#include "checker/report/text.hpp"

namespace checker::lockgraph {
namespace {

using report::printable;

constexpr std::string_view red = "#c62828", grey = "#8a8a8a", blue = "#1f4e79", amber = "#b26a00";
// In the legend: what the two styles of lines look like.
constexpr std::string_view solid_stroke = "\u2500\u2500\u2500\u25b6",
                           dashed_stroke = "\u2013 \u2013 \u25b6";
constexpr int name_columns = 26, label_columns = 30;

/// Printable text for Graphviz' HTML-like labels, in lines of at most `columns`.
std::string html(std::string_view text, int columns) {
  std::string markup;
  for (const std::string& line : report::wrap(text, columns)) {
    if (!markup.empty()) markup += "<BR/>";
    for (const char c : line) {
      switch (c) {
        case '&':
          markup += "&amp;";
          break;
        case '<':
          markup += "&lt;";
          break;
        case '>':
          markup += "&gt;";
          break;
        case '"':
          markup += "&quot;";
          break;
        default:
          markup += c;
      }
    }
  }
  return markup;
}

struct look {
  std::string_view colour;
  std::string_view style = "solid";
  double width = 1.2;
};

look look_of(const arc& value) {
  if (value.culprit) return {red, "solid", 2.2};
  if (value.in_cycle) return {red, value.kind == arc::type::waits ? "dashed" : "solid", 2.6};
  switch (value.kind) {
    case arc::type::order:
      return {grey, "solid", 1.0};
    case arc::type::waits:
      return {red, "dashed", 1.2};
    case arc::type::held_by:
    case arc::type::holds:
      return {blue};
    case arc::type::accesses:
      return {amber, "solid", 2.2};
    case arc::type::lacks:
      return {red, "dashed", 2.2};
  }
  return {grey};
}

std::string draw(std::size_t number, const node& value) {
  const std::string name = fmt::format("<B>{}</B>", html(value.name, name_columns));
  const bool highlighted = value.in_cycle || value.covering || value.culprit;
  const std::string_view border = highlighted ? red : "#333333";
  const double width = highlighted ? 2.4 : 1.2;
  switch (value.kind) {
    case node::type::thread:
      return fmt::format(
          "  n{} [shape=box style=\"filled,rounded\" fillcolor=\"#e3eefa\" "
          "color=\"{}\" penwidth={} margin=\"0.18,0.1\" label=<{}>];\n",
          number, border, width, name);
    case node::type::object:
      return fmt::format(
          "  n{} [shape=note style=filled fillcolor=\"#fff3d6\" color=\"{}\" "
          "penwidth={} margin=\"0.15,0.1\" label=<{}>];\n",
          number, border, width, name);
    case node::type::lock:
      break;
  }
  std::string about = value.lock_class;
  if (!value.lock_kind.empty()) about += about.empty() ? value.lock_kind : ", " + value.lock_kind;
  std::string label = name;
  if (!about.empty())
    label += fmt::format("<BR/><FONT POINT-SIZE=\"11\">{}</FONT>", html(about, name_columns));
  return fmt::format(
      "  n{} [shape=ellipse style=\"filled{}\" fillcolor=\"{}\" color=\"{}\" "
      "penwidth={} margin=\"0.04,0.04\" label=<{}>];\n",
      number, value.covering ? ",dashed" : "", value.covering ? "#fdeaea" : "#f4f4f4", border,
      width, label);
}

std::string draw(std::size_t from, std::size_t to, const arc& value) {
  const look appearance = look_of(value);
  std::string label;
  for (const std::string& line : value.labels) {
    if (!label.empty()) label += "<BR/>";
    label += html(line, label_columns);
  }
  // A row of a table keeps the text off the line it belongs to.
  if (!label.empty())
    label =
        fmt::format("<<TABLE BORDER=\"0\" CELLPADDING=\"4\"><TR><TD>{}</TD></TR></TABLE>>", label);
  else
    label = "\"\"";
  // A lock that is held points to its holder, yet stands below it.
  const bool upwards = value.kind == arc::type::held_by;
  return fmt::format(
      "  n{} -> n{} [color=\"{}\" fontcolor=\"{}\" style={} penwidth={}{}{} "
      "label={}];\n",
      upwards ? to : from, upwards ? from : to, appearance.colour, appearance.colour,
      appearance.style, appearance.width, upwards ? " dir=back" : "",
      value.kind == arc::type::order && !value.in_cycle ? " weight=0" : "", label);
}

/// A row of the legend: a stroke and what it means.
std::string legend_row(const look& appearance, std::string_view stroke, std::string_view meaning) {
  return fmt::format(
      "<TR><TD ALIGN=\"LEFT\"><FONT COLOR=\"{}\"><B>{}</B></FONT></TD>"
      "<TD ALIGN=\"LEFT\">{}</TD><TD WIDTH=\"24\"></TD></TR>",
      appearance.colour, html(stroke, 20), html(meaning, 60));
}

class dot_writer {
 public:
  explicit dot_writer(const trace::document& document)
      : document_(document), graph_(build(document)) {}

  std::string write() {
    std::string text = "digraph locks {\n";
    text += fmt::format(
        "  graph [rankdir=TB nodesep=0.6 ranksep=0.7 pad=0.3 labelloc=t labeljust=l "
        "bgcolor=white fontname=\"{0}\" fontsize=16 label=<{1}>];\n"
        "  node [fontname=\"{0}\" fontsize=13];\n"
        "  edge [fontname=\"{0}\" fontsize=11 arrowsize=0.9];\n",
        "Helvetica,Arial,sans-serif", title());
    std::string threads, others;
    for (std::size_t i = 0; i < boost::num_vertices(graph_); ++i) {
      text += draw(i, graph_[i]);
      if (graph_[i].kind == node::type::thread)
        threads += fmt::format("{} n{}", threads.empty() ? "" : " ->", i);
    }
    // Threads side by side, as the columns of the table are.
    if (!threads.empty()) text += "  { rank=same; edge [style=invis];" + threads + "; }\n";
    for (std::size_t i = 0; i < boost::num_vertices(graph_); ++i) {
      const auto [first, last] = boost::out_edges(i, graph_);
      for (auto place = first; place != last; ++place)
        text += draw(i, boost::target(*place, graph_), graph_[*place]);
    }
    text += legend();
    return text + "}\n";
  }

 private:
  std::string title() const {
    std::string where = document_.scenario;
    if (!document_.kernel.empty()) where += " on " + document_.kernel;
    if (!document_.patch.empty()) where += " with " + document_.patch;
    std::string below = html(printable(document_.result.message), 90);
    if (share_no_lock(document_)) below += "<BR/>" + html(no_shared_lock, 90);
    below += "<BR/>" + html(printable(where), 90);
    return fmt::format(
        "<B>{}</B><BR ALIGN=\"LEFT\"/><FONT POINT-SIZE=\"13\">{}</FONT>"
        "<BR ALIGN=\"LEFT\"/><FONT POINT-SIZE=\"6\"> </FONT><BR ALIGN=\"LEFT\"/>",
        left(html("Violation: " + printable(document_.result.kind), 90)), left(below));
  }

  /// Lines of a graph's label are centred unless each says otherwise.
  static std::string left(std::string markup) {
    for (std::size_t at = 0; (at = markup.find("<BR/>", at)) != std::string::npos; at += 19)
      markup.replace(at, 5, "<BR ALIGN=\"LEFT\"/>");
    return markup;
  }

  template <typename Condition>
  bool any_arc(Condition condition) const {
    for (std::size_t i = 0; i < boost::num_vertices(graph_); ++i) {
      const auto [first, last] = boost::out_edges(i, graph_);
      for (auto place = first; place != last; ++place)
        if (condition(graph_[*place])) return true;
    }
    return false;
  }

  std::string legend() const {
    std::string rows;
    const auto add = [&](arc::type kind, bool in_cycle, std::string_view stroke,
                         std::string_view meaning) {
      const bool there = any_arc([&](const arc& value) {
        return value.kind == kind && value.in_cycle == in_cycle && !value.culprit;
      });
      if (there) rows += legend_row(look_of({kind, {}, in_cycle}), stroke, meaning);
    };
    if (any_arc([](const arc& value) { return value.culprit; }))
      rows += legend_row({red}, solid_stroke, "two locks of one class and subclass");
    add(arc::type::waits, true, dashed_stroke, "waits for, on the shortest cycle");
    add(arc::type::held_by, true, solid_stroke, "held by, on the shortest cycle");
    add(arc::type::order, true, solid_stroke,
        "acquired while the other was held, on the shortest cycle");
    add(arc::type::waits, false, dashed_stroke, "waits for");
    add(arc::type::held_by, false, solid_stroke, "held by");
    add(arc::type::accesses, false, solid_stroke,
        document_.result.conflicting_steps.empty() ? "access that broke it" : "conflicting access");
    add(arc::type::holds, false, solid_stroke, "lock held at that access");
    add(arc::type::lacks, false, dashed_stroke, "lock that should have been held");
    add(arc::type::order, false, solid_stroke, "second acquired while the first was held");
    if (rows.empty()) return {};
    std::string text = fmt::format(
        "  legend [shape=plaintext fontsize=11 label=<<TABLE BORDER=\"1\" COLOR=\"#cccccc\" "
        "CELLBORDER=\"0\" CELLSPACING=\"1\" CELLPADDING=\"2\">{}</TABLE>>];\n",
        rows);
    // Below everything else.
    text += "  { rank=sink; legend; }\n";
    return text;
  }

  const trace::document& document_;
  graph graph_;
};

}  // namespace

std::string to_dot(const trace::document& document) { return dot_writer(document).write(); }

}  // namespace checker::lockgraph
