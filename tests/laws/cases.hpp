// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <doctest/doctest.h>
#include <algorithm>
#include <cstring>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <transxssm/transxssm.hpp>
#include <vector>
#include "oracle.hpp"

// Random operands, in memory of every kind, and how far a result is from the oracle's.
namespace laws {

using namespace transxssm;

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// What a scalar is judged in: one that has at least 11 bits more.
template<class S>
using judge_t = std::conditional_t<sizeof(S) <= 4, double, long double>;

/// x in a wider scalar. (The 16-bit scalars convert by way of float.)
template<class R, class S>
R widened(S const& x) {
  if constexpr (sizeof(S) == 2) return R(static_cast<float>(x));
  else return R(x);
}
template<class S>
S rounded_to(double x) {
  if constexpr (sizeof(S) == 2) return S(static_cast<float>(x));
  else return S(x);
}

/// Entry b of a batch, as a batch of its own.
template<class T, int Axes>
view<T, Axes> entry(view<T, Axes> x, index_t b) {
  x.data += x.extents[0] == 1 ? 0 : b * x.strides[0], x.extents[0] = 1;
  return x;
}

/// Random choices that are the same for the same seed.
class dice {
 public:
  explicit dice(std::uint64_t seed) : bits_(seed * 0x9e3779b97f4a7c15u + 1) {}
  index_t between(index_t least, index_t most) { return std::uniform_int_distribution<index_t>(least, most)(bits_); }
  bool chance(double p) { return std::uniform_real_distribution<double>()(bits_) < p; }
  double normal() { return normal_(bits_); }
  template<class T>
  T one_of(std::initializer_list<T> of) {
    return of.begin()[between(0, std::ssize(of) - 1)];
  }
  index_t divisor(index_t n) {
    std::vector<index_t> all;
    for (index_t d = 1; d <= n; ++d)
      if (n % d == 0) all.push_back(d);
    return all[std::size_t(between(0, std::ssize(all) - 1))];
  }

 private:
  std::mt19937_64 bits_;
  std::normal_distribution<double> normal_;
};

/// How an operand lies in memory: the axes in any order, with gaps between the entries, each axis forwards or backwards.
struct layout {
  bool shuffled = false, gaps = false, backwards = false;
};

/// Memory of an operand's own, and a view of it. What lies in the gaps is a NaN, so that whoever reads it is found out,
/// and stays one, so that whoever writes it is too.
template<class S, int Axes>
class operand {
 public:
  view<S, Axes> all;

  operand(dice& random, index_t const (&extents)[Axes], layout how = {}) {
    int order[Axes];  // from the fastest axis to the slowest
    for (int i = 0; i < Axes; ++i) order[i] = Axes - 1 - i;
    if (how.shuffled)
      for (int i = Axes - 1; i > 0; --i) std::swap(order[i], order[random.between(0, i)]);
    index_t strides[Axes], first = 0, size = 1;
    for (int i : order) {
      strides[i] = size, size *= extents[i] + (how.gaps ? random.between(0, 2) : 0);
      if (how.backwards && extents[i] > 0 && random.chance(0.5))
        first += (extents[i] - 1) * strides[i], strides[i] = -strides[i];
    }
    memory_.assign(std::size_t(std::max<index_t>(size, 1)), gap());
    all = view<S, Axes>(memory_.data() + first, extents, strides);
  }
  operand(operand const&) = delete;
  operand(operand&&) = default;

  operator view<S const, Axes>() const { return all; }
  view<S const, Axes> steps(index_t t, index_t n) const { return view<S const, Axes>(all).middle_rows(t, n); }

  template<class F>
  void fill(F&& value) {
    each(all, [&](S& x) { x = rounded_to<S>(value()); });
  }

  /// Numbers that are there, and not in a gap.
  index_t entries() const {
    index_t count = 1;
    for (index_t n : all.extents) count *= n;
    return count;
  }
  /// Every entry has been written, and nothing else (all of it being finite).
  bool written_exactly() const {
    index_t finite = 0;
    for (S const& x : memory_) finite += std::isfinite(widened<double>(x));
    index_t unwritten = 0;
    each(all, [&](S const& x) { unwritten += !std::isfinite(widened<double>(x)); });
    return finite == entries() && unwritten == 0;
  }
  void erase() { std::fill(memory_.begin(), memory_.end(), gap()); }
  std::vector<S> const& memory() const { return memory_; }

 private:
  static S gap() { return rounded_to<S>(std::numeric_limits<double>::quiet_NaN()); }

  template<class T, int A, class F>
  static void each(view<T, A> const& x, F&& f) {
    if constexpr (A == 1) {
      for (index_t i = 0; i < x.extents[0]; ++i) f(x.data[i * x.strides[0]]);
    } else {
      for (index_t i = 0; i < x.extents[0]; ++i) {
        view<T, A - 1> part;
        part.data = x.data + i * x.strides[0];
        for (int k = 1; k < A; ++k) part.extents[k - 1] = x.extents[k], part.strides[k - 1] = x.strides[k];
        each(part, f);
      }
    }
  }
  std::vector<S> memory_;
};

/// One head as the oracle reads it. Consecutive heads share a group.
template<class R, class S>
oracle::rows<R> exact_head(view<S, 4> const& x, index_t b, index_t h, index_t heads) {
  index_t const group = h / (heads / x.extents[2]), entry = x.extents[0] == 1 ? 0 : b;
  oracle::rows<R> out(x.extents[1], x.extents[3]);
  for (index_t t = 0; t < out.n; ++t)
    for (index_t j = 0; j < out.width; ++j) out(t, j) = widened<R>(x(entry, t, group, j));
  return out;
}
template<class R, class S>
std::vector<R> exact_head(view<S, 3> const& x, index_t b, index_t h, index_t heads) {
  index_t const group = h / (heads / x.extents[2]), entry = x.extents[0] == 1 ? 0 : b;
  std::vector<R> out;
  for (index_t t = 0; t < x.extents[1]; ++t) out.push_back(widened<R>(x(entry, t, group)));
  return out;
}

/// || got - exact || / || exact ||, where the latter is not less than its terms with random signs would give.
template<class S, class R>
double error(view<S, 4> const& got, index_t b, index_t h, oracle::rows<R> const& exact, R spread) {
  if (got.extents[1] != exact.n || got.extents[3] != exact.width) return infinity;
  R off = R(0), size = R(0);
  for (index_t t = 0; t < exact.n; ++t)
    for (index_t j = 0; j < exact.width; ++j) {
      R const d = widened<R>(got(b, t, h, j)) - exact(t, j);
      off += d * d, size += exact(t, j) * exact(t, j);
    }
  if (off == R(0)) return 0;
  return double(std::sqrt(off / std::max(size, spread)));
}

/// eps (16 + sqrt(min(T, 1 / (1 - mean a))) / 2): what an error may be (DESIGN, section 4).
template<class Acc, class R>
double ssd_bar(std::vector<R> const& log_a) {
  double T = double(log_a.size()), sum = 0;
  for (R const& s : log_a) sum += std::exp(double(s));
  double const memory = sum < T ? std::min(T, T / (T - sum)) : T;
  return double(std::numeric_limits<Acc>::epsilon()) * (16 + std::sqrt(memory) / 2);
}
template<class Acc>
double const attention_bar = 16 * double(std::numeric_limits<Acc>::epsilon());

/// Are all bytes the same?
template<class S>
bool same_bits(std::vector<S> const& a, std::vector<S> const& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(S)) == 0);
}

/// The rows [t, t + n) of entry b as they are, one after the other, to be compared bit by bit.
template<class T>
auto rows_of(view<T, 4> const& x, index_t b, index_t t, index_t n) {
  std::vector<std::remove_const_t<T>> out;
  for (index_t i = t; i < t + n; ++i)
    for (index_t h = 0; h < x.extents[2]; ++h)
      for (index_t j = 0; j < x.extents[3]; ++j) out.push_back(x(b, i, h, j));
  return out;
}
template<class T>
auto rows_of(view<T, 4> const& x, index_t b = 0) {
  return rows_of(x, b, 0, x.extents[1]);
}

/// A form that is chosen at run time.
struct any_form {
  enum { definition, blocks, tiles, steps, chosen } kind;
  index_t length = 64;
};
inline any_form random_form(dice& random, index_t T) {
  return {random.one_of({any_form::definition, any_form::blocks, any_form::tiles, any_form::steps, any_form::chosen}),
          random.between(1, T + 3)};
}
inline std::string name(any_form f) {
  switch (f.kind) {
    case any_form::definition:
      return "quadratic";
    case any_form::blocks:
      return "chunked/online(" + std::to_string(f.length) + ")";
    case any_form::tiles:
      return "tiled(" + std::to_string(f.length) + ")";
    case any_form::steps:
      return "recurrent";
    default:
      return "automatic";
  }
}

}  // namespace laws
