// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <doctest/doctest.h>
#include <array>
#include <transxssm/verify/gradient.hpp>
#include "support/operands.hpp"

// Operands of rows made from rows, the same numbers in S and in dual numbers, and what their gradients are compared with.
namespace row_gradients {

using namespace transxssm;
using verify::dual;

constexpr double not_written = std::numeric_limits<double>::quiet_NaN();

/// (batch, T, head, feature) as the equations see them: heads and sequences may share.
template<class S>
struct entries {
  S const* data;
  std::array<index_t, 4> extents;

  S operator()(index_t b, index_t t, index_t h, index_t j, index_t heads) const {
    auto [B, T, H, D] = extents;
    return data[(((B == 1 ? 0 : b) * T + t) * H + h * H / heads) * D + j];
  }
  S operator()(index_t j) const { return data[j]; }
};

/// A view's numbers in other memory: in reversed time, two apart, head by head. `memory` holds twice as many.
template<class T>
view<T, 4> scattered(T* memory, std::array<index_t, 4> e) {
  auto [B, S, H, D] = e;
  return {memory + (S > 0 ? (S - 1) * D * 2 : 0), {B, S, H, D}, {S * H * D * 2, -D * 2, S * D * 2, 2}};
}

/// Operands one after the other; the gradient of each in memory of its own.
template<class S>
class operands {
 public:
  using Acc = accumulator_t<S>;

  /// Returns the operand's number.
  int add(std::array<index_t, 4> extents, double scale = 1) {
    index_t count = extents[0] * extents[1] * extents[2] * extents[3];
    for (double x : numbers<double>(count, unsigned(17 + parts_.size()))) values_.push_back(S(scale * x));
    parts_.push_back({std::ssize(values_) - count, count, extents});
    gradients_.emplace_back(std::size_t(2 * count + 2), Acc(not_written));
    return int(parts_.size()) - 1;
  }
  S& value(int i, index_t at) { return values_[std::size_t(part(i).begin + at)]; }
  view<S, 4> operator[](int i) {
    auto [B, T, H, D] = part(i).extents;
    return {values_.data() + part(i).begin, {B, T, H, D}};
  }
  view<S, 1> flat(int i) { return {values_.data() + part(i).begin, {part(i).count}}; }

  view<Acc, 4> d(int i) {
    auto [B, T, H, D] = part(i).extents;
    return {gradient(i), {B, T, H, D}};
  }
  view<Acc, 4> d_scattered(int i) { return scattered(gradient(i), part(i).extents); }
  view<Acc, 1> d_flat(int i) { return {gradient(i), {part(i).count}}; }
  void forget() {
    for (auto& g : gradients_) std::fill(g.begin(), g.end(), Acc(not_written));
  }
  std::vector<std::vector<Acc>> const& gradients() const { return gradients_; }
  bool nothing_written() const {
    for (auto const& g : gradients_)
      for (Acc x : g)
        if (x == x) return false;
    return true;
  }

  /// operand i, within a list of all numbers
  template<class U>
  entries<U> in(std::span<U const> all, int i) const { return {all.data() + part(i).begin, part(i).extents}; }

  /// loss(all numbers) is differentiated, and every gradient that was written is compared.
  void check(auto const& loss, double bar = std::same_as<Acc, double> ? 1e-12 : 1e-6) const {
    std::vector<double> all;
    for (S x : values_) all.push_back(double(x));
    auto const exact = verify::gradient([&](std::span<dual const> x) { return loss(x); }, all);
    compare(exact, bar);
    if constexpr (std::same_as<S, double>)
      if (all.size() < 150) compare(verify::gradient_by_differences([&](std::span<double const> x) { return loss(x); }, all), 1e-6);
  }

 private:
  struct place {
    index_t begin, count;
    std::array<index_t, 4> extents;
  };
  place const& part(int i) const { return parts_[std::size_t(i)]; }
  Acc* gradient(int i) { return gradients_[std::size_t(i)].data(); }
  void compare(std::vector<double> const& exact, double bar) const {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      auto [begin, count, extents] = parts_[i];
      auto const& g = gradients_[i];
      if (count > 0 && g[0] != g[0] && g[1] != g[1]) continue;  // not wanted
      CAPTURE(i);
      std::vector<double> const got(g.begin(), g.begin() + count);
      double const off = verify::relative_error(got, std::span(exact).subspan(std::size_t(begin), std::size_t(count)));
      CHECK(off < bar);
      CHECK((g[std::size_t(count)] != g[std::size_t(count)]));  // nothing beyond
    }
  }
  std::vector<S> values_;
  std::vector<place> parts_;
  std::vector<std::vector<Acc>> gradients_;
};

/// <dY, Y>, where y(b, t, h, j) is an entry of Y.
template<class U>
U product_with(auto const& dY, auto const& y) {
  U sum = U(0);
  for (index_t b = 0; b < dY.batch(); ++b)
    for (index_t t = 0; t < dY.rows(); ++t)
      for (index_t h = 0; h < dY.heads(); ++h)
        for (index_t j = 0; j < dY.cols(); ++j) sum += U(double(dY(b, t, h, j))) * y(b, t, h, j);
  return sum;
}

/// The scattered gradient holds the same bits, and nothing between them is written.
template<class Acc>
void same_scattered(view<Acc, 4> const& contiguous, std::vector<Acc> const& memory, view<Acc, 4> const& spread) {
  for (index_t b = 0; b < spread.batch(); ++b)
    for (index_t h = 0; h < spread.heads(); ++h) CHECK(same_bits(copied(contiguous, b, h, spread.heads()), copied(spread, b, h, spread.heads())));
  bool untouched = true;
  for (std::size_t i = 1; i < memory.size(); i += 2) untouched &= memory[i] != memory[i];
  CHECK(untouched);
}

/// The bytes of gradients, to compare runs (NaN where nothing was written).
template<class S>
bool same_bytes(std::vector<S> const& a, std::vector<S> const& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(S)) == 0;
}
template<class S>
bool same_bytes(std::vector<std::vector<S>> const& a, std::vector<std::vector<S>> const& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](auto const& x, auto const& y) { return same_bytes(x, y); });
}

}  // namespace row_gradients
