// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// A table: the first column holds names, the others numbers. Cells are markup.
struct html_table {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;

  std::string draw() const;
};

/// "✓ holds" or "✗ fails", told by sign and word, not by colour alone.
std::string verdict(bool holds);

/// A drawing with a sentence or two below it.
std::string figure(std::string_view drawing, std::string_view caption);

/// <p>...</p>
std::string paragraph(std::string_view markup);

/// A headed part of the page.
std::string section(std::string_view id, std::string_view title, std::string_view content);

/// A whole page of its own: style inside, nothing fetched, no script.
std::string page(std::string_view title, std::string_view body);

}  // namespace demo
