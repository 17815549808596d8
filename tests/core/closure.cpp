// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <Eigen/Core>
#include <transxssm/core/closure.hpp>
#include <transxssm/math/rotary_table.hpp>

namespace core_closure {

using namespace transxssm;
using namespace Eigen;

// Law 4, by type: an expression borrows what outlives it, and owns what does not.
namespace {

using rows = view<float const, 2>;
using numbers = view<float const, 1>;
using wide = Matrix<float, Dynamic, Dynamic, RowMajor>;
template<class T, class Held, int One = 2>
constexpr bool is_held_as = std::is_same_v<held_t<T, One>, Held>;

// What has a name is borrowed, whatever it is.
static_assert(is_held_as<MatrixXf&, rows> && is_held_as<MatrixXf const&, rows> && is_held_as<wide&, rows>);
static_assert(is_held_as<Map<MatrixXf>&, rows> && is_held_as<Map<MatrixXf const>&, rows>);
static_assert(is_held_as<Ref<MatrixXf>&, rows> && is_held_as<Ref<MatrixXf const>&, rows>);
static_assert(is_held_as<Matrix<float, 3, 4>&, rows> && is_held_as<ArrayXXf&, rows>);
static_assert(is_held_as<VectorXf&, numbers, 1> && is_held_as<VectorXf&, rows>);
static_assert(is_held_as<RowVectorXf&, numbers, 1>);

// A temporary that owns its memory is owned, and one that does not is a view still.
static_assert(is_held_as<MatrixXf, MatrixXf> && is_held_as<wide, wide> && is_held_as<VectorXf, VectorXf, 1>);
static_assert(is_held_as<Map<MatrixXf>, rows> && is_held_as<Ref<MatrixXf>, rows>);
static_assert(is_held_as<Ref<MatrixXf const>, MatrixXf>);  // it may hold what it was made from
static_assert(is_held_as<decltype(MatrixXf().middleRows(1, 2)), rows>);
static_assert(is_held_as<decltype(MatrixXf().col(1)), numbers, 1> &&
              is_held_as<decltype(MatrixXf().row(1)), numbers, 1>);

// An expression is evaluated once, when it is written, even if it has a name.
using doubled = decltype(MatrixXf() * 2);
static_assert(is_held_as<doubled, MatrixXf> && is_held_as<doubled&, MatrixXf> && is_held_as<doubled const&, MatrixXf>);
static_assert(is_held_as<decltype(MatrixXf() * MatrixXf()), MatrixXf>);

// What offers a view of itself.
static_assert(is_held_as<view<float, 4>&, view<float const, 4>> &&
              is_held_as<view<float const, 3> const&, view<float const, 3>>);
static_assert(is_held_as<rotary_table<float>&, rotary_view<float>> &&
              is_held_as<rotary_table<float>, rotary_table<float>>);
static_assert(is_held_as<rotary_view<float>, rotary_view<float>>);

struct colour {};
struct red : colour {
  int shade = 3;
  red borrowed() const { return *this; }
};
struct size {
  size borrowed() const { return *this; }
};
struct unnamed : colour {};

}  // namespace

TEST_CASE("a borrowed matrix is seen where it lies, in either storage order") {
  MatrixXf C = MatrixXf::Random(5, 3);
  wide W = C;
  for (auto x :
       {view_of<2>(C), view_of<2>(W), view_of<2>(C.middleRows(0, 5)), view_of<2>(Map<MatrixXf>(C.data(), 5, 3))})
    for (index_t t = 0; t < 5; ++t)
      for (index_t j = 0; j < 3; ++j) CHECK(x(t, j) == C(t, j));
  CHECK(&view_of<2>(C)(4, 2) == &C(4, 2));
  CHECK(&view_of<2>(C.block(1, 1, 2, 2))(1, 1) == &C(2, 2));
  CHECK(&view_of<1>(C.col(1))(3) == &C(3, 1));
  CHECK(&view_of<1>(C.row(1))(2) == &C(1, 2));
  CHECK(&view_of<1>(W.col(1))(3) == &W(3, 1));
}

TEST_CASE("a temporary is moved, not copied") {
  MatrixXf C = MatrixXf::Random(5, 3);
  float const* memory = C.data();
  auto owned = held(std::move(C));
  CHECK(owned.data() == memory);
}

TEST_CASE("an option is found by its kind, wherever it stands") {
  CHECK(option<colour>(7) == 7);
  CHECK(option<colour>(7, size()) == 7);
  red five;
  five.shade = 5;
  CHECK(option<colour>(7, size(), five).shade == 5);
  CHECK(option<colour>(7, five, size()).shade == 5);
  CHECK(option<colour>(7, red(), five).shade == 3);  // the first
}

}  // namespace core_closure
