// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <transxssm/verify/relative_position.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include "measure.hpp"

namespace demo {
namespace {

using namespace transxssm;
using oracle = boost::multiprecision::cpp_bin_float_100;
using reports = std::vector<verify::relative_position_report>;

/// One table after the other; `tell` hears of them as of one task.
class tables {
 public:
  tables(index_t d, done const& tell) : d_(d), exact_(d), tell_(tell) {}

  /// Rotated rows, multiplied without further error: what the table itself does to a score.
  template<class S>
  void rows(angle_precision angles) {
    add(verify::relative_position<S>(exact_, options<S>("Q·K", angles)));
  }
  /// The scores that an SSD layer applies, with its own products and sums.
  template<class S>
  void layer(angle_precision angles) {
    verify::library_ssd_scores<S> const scores{{.d = d_, .angles = angles}};
    add(verify::relative_position<S>(scores, exact_, options<S>("C·B", angles)));
  }
  reports all;

 private:
  static constexpr double count = 11;

  template<class S>
  verify::relative_position_options options(std::string const& score, angle_precision angles) {
    verify::relative_position_options how;
    how.angles = angles;
    how.name = score + ", " + verify::scalar_name<S>() + " table, angles " + verify::angles_name(angles);
    how.on_progress = [this](double fraction) { tell_((static_cast<double>(all.size()) + fraction) / count); };
    return how;
  }
  void add(verify::relative_position_report r) { all.push_back(std::move(r)); }

  index_t d_;
  verify::exact_rotation<oracle> exact_;
  done const& tell_;
};

bool visible(char byte) { return byte > 0x20 && byte < 0x7F; }

}  // namespace

reports measure_relative_position(shape const& how, done const& tell) {
  using enum angle_precision;
  tables measured(how.N, tell);
  measured.rows<Eigen::bfloat16>(in_float);
  measured.rows<Eigen::bfloat16>(exact);
  measured.rows<float>(in_float);
  measured.rows<float>(in_double);
  measured.rows<float>(exact);
  measured.rows<double>(in_double);
  measured.rows<double>(exact);
  measured.layer<Eigen::bfloat16>(exact);
  measured.layer<float>(in_float);
  measured.layer<float>(exact);
  measured.layer<double>(exact);
  return measured.all;
}

repeated_pair measure_repeated_pair(std::string_view text, operands const& tokens) {
  std::map<std::string_view, int> often;
  for (std::size_t t = 0; t + 1 < text.size(); ++t)
    if (visible(text[t]) && visible(text[t + 1])) ++often[text.substr(t, 2)];
  if (often.empty()) return {};
  auto const most = std::ranges::max_element(often, {}, [](auto const& entry) { return entry.second; });

  rotary_table<float> const R(frequencies(tokens.Q.cols()), tokens.length());
  Eigen::MatrixXf const Q = rotate(tokens.Q, R), K = rotate(tokens.K, R);
  constexpr double infinite = std::numeric_limits<double>::infinity();
  repeated_pair pair{std::string(most->first), most->second, text.size(), infinite, -infinite};
  for (std::size_t t = 0; t + 1 < text.size(); ++t) {
    if (text.substr(t, 2) != most->first) continue;
    auto const n = static_cast<index_t>(t), m = n + 1;
    double const root = std::sqrt(static_cast<double>(Q.cols()));
    double const score = Q.row(m).cast<double>().dot(K.row(n).cast<double>()) / root;
    pair.smallest = std::min(pair.smallest, score), pair.largest = std::max(pair.largest, score);
  }
  return pair;
}

}  // namespace demo
