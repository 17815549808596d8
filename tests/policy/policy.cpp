// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/policy/policy.hpp>

namespace policy_policy {

using namespace transxssm;

namespace {

struct block_sparse {
  using is_form = void;
};

template<class How>
constexpr bool is_complete =
    std::derived_from<How, cpu> && std::derived_from<How, workspace> && std::derived_from<How, decay_only>;

}  // namespace

static_assert(form<quadratic> && form<chunked> && form<recurrent> && form<online> && form<automatic> &&
              form<block_sparse>);
static_assert(place<cpu> && place<cuda> && precision<accumulate<double>> && memory<workspace> &&
              growth<compatible_growth>);
static_assert(!policy_part<int> && !policy_part<double> && !form<cpu> && !place<chunked>);
static_assert(device_place<cuda> && !device_place<cpu> && !device_place<chunked>);

// One of each kind.
static_assert(compatible<> && compatible<chunked, cpu, accumulate<double>, workspace, compatible_growth>);
static_assert(compatible<workspace, chunked> && compatible<cpu, block_sparse>);
static_assert(!compatible<chunked, quadratic> && !compatible<chunked, cpu, chunked> && !compatible<cpu, cuda>);
static_assert(!compatible<accumulate<float>, accumulate<double>> && !compatible<workspace, workspace>);

TEST_CASE("a policy is each of its parts, in any order") {
  auto how = policy{cpu{2}, chunked{16}};
  CHECK(how.threads == 2);
  CHECK(how.length == 16);
  auto again = policy{chunked{16}, cpu{.threads = 2}, accumulate<double>{}};
  CHECK(static_cast<cpu&>(again).threads == 2);
  CHECK(static_cast<chunked&>(again).length == 16);
  CHECK(online{}.block > 0);
  CHECK(chunked{}.length > 0);
  CHECK(cpu{}.threads == 1);
}

TEST_CASE("joined: the parts of both, with their values") {
  auto how = joined(policy{chunked{16}}, policy{cpu{3}, accumulate<double>{}});
  CHECK(std::is_same_v<decltype(how), policy<chunked, cpu, accumulate<double>>>);
  CHECK(how.length == 16);
  CHECK(how.threads == 3);
}

TEST_CASE("complete: what is left open has a default, what is said stays") {
  auto how = complete<float>(policy<>());
  CHECK(is_complete<decltype(how)>);
  CHECK(std::derived_from<decltype(how), automatic>);
  CHECK(std::derived_from<decltype(how), accumulate<float>>);
  CHECK(how.threads == 1);
  CHECK(how.memory == std::pmr::get_default_resource());

  std::pmr::monotonic_buffer_resource mine;
  auto said = complete<float>(policy{accumulate<double>{}, workspace{&mine}, compatible_growth{}, chunked{7}, cpu{4}});
  CHECK(said.length == 7);
  CHECK(said.threads == 4);
  CHECK(said.memory == &mine);
  CHECK(std::derived_from<decltype(said), accumulate<double>>);
  CHECK(std::derived_from<decltype(said), compatible_growth>);
  CHECK_FALSE(std::derived_from<decltype(said), decay_only>);
  CHECK_FALSE(std::derived_from<decltype(said), automatic>);

  struct sixteen_bits {
    short stored;
  };
  CHECK(std::derived_from<decltype(complete<sixteen_bits>(policy<>())), accumulate<float>>);
}

}  // namespace policy_policy
