// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <string>

namespace demo {

/// The page's style: type, space and colours, light and dark.
///
/// .s0 to .s7 are the colours of curves (after Okabe and Ito, darkened or lightened for the ground they stand on);
/// .h0 to .h40 the diverging scale of heat maps, blue over the ground's own colour to orange.
std::string style();

}  // namespace demo
