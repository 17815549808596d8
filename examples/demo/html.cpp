// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "html.hpp"
#include "style.hpp"
#include "text.hpp"

namespace demo {

std::string html_table::draw() const {
  std::string out = "<div class=\"wide\"><table><thead><tr>";
  for (auto const& cell : head) out += joined("<th>", cell, "</th>");
  out += "</tr></thead>\n<tbody>\n";
  for (auto const& row : rows) {
    out += "<tr>";
    for (auto const& cell : row) out += joined("<td>", cell, "</td>");
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string verdict(bool holds) {
  return holds ? "<span class=\"verdict yes\">✓&nbsp;holds</span>" : "<span class=\"verdict no\">✗&nbsp;fails</span>";
}

std::string figure(std::string_view drawing, std::string_view caption) {
  return joined("<figure>", drawing, "<figcaption>", caption, "</figcaption></figure>\n");
}

std::string paragraph(std::string_view markup) { return joined("<p>", markup, "</p>\n"); }

std::string section(std::string_view id, std::string_view title, std::string_view content) {
  return joined("<section id=\"", id, "\"><h2>", title, "</h2>\n", content, "</section>\n");
}

std::string page(std::string_view title, std::string_view body) {
  return joined(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
      title, "</title>\n<style>\n", style(), "</style></head>\n<body><main>\n", body, "</main></body></html>\n");
}

}  // namespace demo
