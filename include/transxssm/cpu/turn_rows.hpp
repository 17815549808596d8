// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <complex>
#include "../core/scalar.hpp"
#include "../math/rotary_view.hpp"
#include "packet.hpp"

namespace transxssm {

// Turns each pair of features (re, im) by its plane's angle: (re + i im) e^{i phi} (Eq. 3), in place. Or back, by e^{-i phi},
// which is what gradients of turned rows need.
enum class direction { forth, back };

/// One row, a plane at a time; planes [first, last).
template<class S>
void turn_planes(auto const& rotation, pairing pairs, index_t planes, index_t first, index_t last, S* row) {
  for (index_t j = first; j < last; ++j) {
    auto [cos, sin] = rotation(j);
    S &re = row[pairs == pairing::half_split ? j : 2 * j],
      &im = row[pairs == pairing::half_split ? j + planes : 2 * j + 1];
    S turned = re * S(cos) - im * S(sin);
    im = re * S(sin) + im * S(cos);
    re = turned;
  }
}

/// n planes of a half-split row, a vector at a time, as far as vectors go. Returns how far. (If re and im change places,
/// this is the opposite rotation.)
template<class S>
index_t turn_half_split(S const* cos, S const* sin, index_t n, S* re, S* im) {
  index_t j = 0;
  for (index_t size = packet_size<S>; j + size <= n; j += size) {
    auto const c = simd::ploadu<packet<S>>(cos + j), s = simd::ploadu<packet<S>>(sin + j);
    auto const x = simd::ploadu<packet<S>>(re + j), y = simd::ploadu<packet<S>>(im + j);
    simd::pstoreu(re + j, simd::pmadd(simd::pnegate(y), s, simd::pmul(x, c)));
    simd::pstoreu(im + j, simd::pmadd(x, s, simd::pmul(y, c)));
  }
  return j;
}

/// The same for a row whose pairs lie side by side: re and im of a plane change places for the product with its sine.
template<direction way, class S>
index_t turn_interleaved(S const* cos, S const* sin, index_t n, S* row) {
  using pairs = packet<std::complex<S>>;
  index_t j = 0;
  for (index_t size = packet_size<S>; 2 * j + size <= 2 * n; j += size / 2) {
    auto const c = simd::ploaddup<packet<S>>(cos + j), s = simd::ploaddup<packet<S>>(sin + j);
    auto const x = simd::ploadu<packet<S>>(row + 2 * j);
    auto const i_x = way == direction::forth ? simd::pcplxflip(simd::pconj(pairs(x))).v   // (-im, re)
                                             : simd::pconj(simd::pcplxflip(pairs(x))).v;  // (im, -re)
    simd::pstoreu(row + 2 * j, simd::pmadd(i_x, s, simd::pmul(x, c)));
  }
  return j;
}

/// rows (n, features), turned by the n rows of R: angles, or a table of any scalar and strides ...
template<direction way = direction::forth, class R>
void turn_rows(R const& r, auto&& rows) {
  auto rotation = [&](index_t t, index_t j) {
    if constexpr (way == direction::forth) return r(t, j);
    else return r(t, j).inverse();
  };
  for (index_t t = 0; t < rows.rows(); ++t)
    turn_planes([&](index_t j) { return rotation(t, j); }, r.pairs, r.planes(), 0, r.planes(),
                rows.data() + t * rows.outerStride());
}

/// ... or a table of the scalar of the rows, where vectors of cosines and sines can be loaded. (A strided table's are put
/// side by side first.)
template<direction way = direction::forth, class S, class Rows>
requires(packet_size<S> > 1 && std::same_as<scalar_of<Rows>, S>)
void turn_rows(rotary_view<S, 2> const& r, Rows&& rows) {
  constexpr index_t at_once = 128;
  S cosines[at_once], sines[at_once];
  index_t const planes = r.planes();
  bool const half = r.pairs == pairing::half_split, gather = r.cosines.strides[1] != 1 || r.sines.strides[1] != 1;
  for (index_t t = 0; t < rows.rows(); ++t)
    for (index_t first = 0, n = 0; first < planes; first += n) {
      n = gather ? std::min(at_once, planes - first) : planes;
      S const *cos = &r.cosines(t, first), *sin = &r.sines(t, first);
      if (gather) {
        for (index_t j = 0; j < n; ++j) cosines[j] = r.cosines(t, first + j), sines[j] = r.sines(t, first + j);
        cos = cosines, sin = sines;
      }
      S* row = rows.data() + t * rows.outerStride();
      S *re = row + first, *im = row + planes + first;
      if (way == direction::back) std::swap(re, im);
      index_t done = half ? turn_half_split(cos, sin, n, re, im) : turn_interleaved<way>(cos, sin, n, row + 2 * first);
      turn_planes(
          [&](index_t j) {
            return plane_rotation<S>{cos[j - first], way == direction::forth ? sin[j - first] : -sin[j - first]};
          },
          r.pairs, planes, first + done, first + n, row);
    }
}

}  // namespace transxssm
