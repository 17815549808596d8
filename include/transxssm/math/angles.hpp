#pragma once
#include "rotary_table.hpp"
namespace transxssm {
template<class A>
struct angles {
  using Scalar = scalar_of<A>;
  A phi; pairing pairs;
  index_t rows() const { return view_of<2>(phi).rows(); }
  index_t planes() const { return view_of<2>(phi).cols(); }
  index_t batch() const { return view_of<2>(phi).batch(); }
  index_t heads() const { return view_of<2>(phi).heads(); }
  TRANSXSSM_HOST_DEVICE plane_rotation<Scalar> operator()(index_t t, index_t j) const { using std::cos, std::sin; return {cos(phi(t, j)), sin(phi(t, j))}; }
  auto borrowed() const { return of(view_of<2>(phi), pairs); }
  auto middle_rows(index_t t, index_t n) const { return of(phi.middle_rows(t, n), pairs); }
  TRANSXSSM_HOST_DEVICE auto head(index_t b, index_t h, index_t heads) const { return of(phi.head(b, h, heads), pairs); }
  void visit(auto&& f) const { phi.visit(f); }
 private:
  template<class V> TRANSXSSM_HOST_DEVICE static angles<V> of(V v, pairing p) { return {v, p}; }
};
}
