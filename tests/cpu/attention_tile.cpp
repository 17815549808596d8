// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace cpu_attention_tile {

using namespace transxssm;

namespace {

/// All rows of a strip against sums by loops; what is not seen is a NaN.
template<int rows, int vectors, class S>
void weighs(auto const& seen_by, index_t keys) {
  index_t const width = vectors * packet_size<S>;
  scratch<S> p(workspace(), rows, keys), v(workspace(), keys, width), o(workspace(), rows, width);
  row_major<S> const weights = random_rows<S>(rows, keys, 1), before = random_rows<S>(rows, width, 3);
  p = weights, v = random_rows<S>(keys, width, 2), o = before;
  key_range seen[rows];
  S keep[rows];
  definition::rows exact(rows, width);
  for (index_t r = 0; r < rows; ++r) {
    seen[r] = seen_by(r), keep[r] = S(0.25) * S(double(r));
    for (index_t i = 0; i < width; ++i) exact(r, i) = definition::real(keep[r]) * definition::real(before(r, i));
    for (index_t j = 0; j < keys; ++j) {
      bool const sees = seen[r].first <= j && j < seen[r].last;
      for (index_t i = 0; sees && i < width; ++i) exact(r, i) += definition::real(p(r, j)) * definition::real(v(j, i));
      if (!sees) p(r, j) = std::numeric_limits<S>::quiet_NaN();
    }
  }
  for (index_t j = 0; j < keys; ++j)
    if (j < seen[0].first || j >= seen[rows - 1].last) v.row(j).setConstant(std::numeric_limits<S>::quiet_NaN());
  weigh<rows, vectors>(seen, p.data(), keys, v.data(), width, keep, o.data(), width, 0, upcoming_block());
  CHECK(definition::error(o, exact) < definition::bar<S>);
}

template<int rows, class S>
void scores_of(index_t N) {
  row_major<S> const q = random_rows<S>(rows, N, 1), k = random_rows<S>(panel_width<S>, N, 2);
  scratch<S> panel(workspace(), N, panel_width<S>), scores(workspace(), rows, panel_width<S>);
  panel = k.transpose();
  score<rows>(N, q.data(), N, panel.data(), scores.data(), panel_width<S>, 0, upcoming_block());
  definition::rows const exact = definition::exact(q) * definition::exact(k).transpose();
  CHECK(definition::error(scores, exact) < definition::bar<S>);
}

}  // namespace

TEST_CASE("weigh: a row over what it sees, whatever the others see") {
  auto all = [](auto number) {
    using S = decltype(number);
    for (index_t keys : {1, 5, 40}) {
      auto ranges = [=](auto const& seen) {
        auto within = [=](index_t r) {
          auto [first, last] = seen(r);
          first = std::clamp<index_t>(first, 0, keys);
          return key_range{first, std::clamp<index_t>(last, first, keys)};
        };
        weighs<1, 2, S>(within, keys), weighs<2, 1, S>(within, keys), weighs<4, 2, S>(within, keys),
            weighs<6, 2, S>(within, keys);
      };
      ranges([=](index_t) { return key_range{0, keys}; });
      ranges([](index_t r) { return key_range{0, r + 1}; });
      ranges([=](index_t r) { return key_range{0, keys - 5 + r}; });
      ranges([](index_t r) { return key_range{2 * r, 2 * r + 3}; });     // no key is seen by all
      ranges([](index_t r) { return key_range{r, 2 * r}; });             // the first row sees nothing
      ranges([=](index_t r) { return key_range{keys - 2 + r, keys}; });  // the last rows see nothing
    }
  };
  all(float()), all(double()), all((long double)(0));
}

TEST_CASE("score: the products of a strip with a panel of keys") {
  for (index_t N : {1, 3, 16, 65}) {
    scores_of<1, float>(N), scores_of<4, float>(N), scores_of<6, double>(N), scores_of<2, long double>(N);
  }
}

TEST_CASE("key_panels: keys transposed in panels, from memory of any kind") {
  for (index_t keys : {1, 7, 16, 33, 64})
    for (index_t N : {1, 8, 13, 32}) {
      matrix<float> const columns = random_rows<float>(keys, N, 1);  // strided
      row_major<float> const rows = columns;
      Eigen::Matrix<Eigen::bfloat16, -1, -1, Eigen::RowMajor> const halves = rows.cast<Eigen::bfloat16>();
      auto is = [&](auto const& operand, auto const& expected) {
        key_panels<float> panels(keys, N, workspace());
        panels.load(operand);
        bool same = true;
        for (index_t j = 0; j < keys; ++j)
          for (index_t n = 0; n < N; ++n) {
            index_t const in_panel = j % panel_width<float>;
            same = same && panels.panel(j - in_panel)[n * panel_width<float> + in_panel] == expected(j, n);
          }
        CHECK(same);
      };
      is(view_of<2>(columns), rows), is(view_of<2>(rows), rows), is(view_of<2>(halves), halves.cast<float>().eval());
      rotary_table<float> const R(frequencies(N / 2 * 2 + 2 * (N == 1)), keys);
      if (R.planes() <= N / 2) is(rotate(rows, R).borrowed().head(0, 0, 1), dense(rotate(rows, R)));
    }
}

}  // namespace cpu_attention_tile
