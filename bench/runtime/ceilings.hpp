// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
// What this machine can do at all, with as many threads as the subject has: every thread does a share of its own.
#include <Eigen/Core>
#include <cstring>
#include <memory>
#include "interleaved.hpp"

namespace bench {

/// f(0), ..., f(threads - 1), each in its own thread.
void in_each_thread(int threads, auto const& f) {
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (int i = 0; i < threads; ++i) f(i);
}

/// Matrix products of Eigen, n x n x n, one in each thread; the amount is their flops.
inline preparation sgemm(int threads, Eigen::Index n = 512) {
  return [=] {
    struct product {
      Eigen::MatrixXf a, b, c;
    };
    product one{Eigen::MatrixXf::Random(n, n), Eigen::MatrixXf::Random(n, n), Eigen::MatrixXf::Zero(n, n)};
    auto products = std::make_shared<std::vector<product>>(std::size_t(threads), one);
    auto run = [=] {
      in_each_thread(threads, [&](int i) {
        auto& [a, b, c] = (*products)[std::size_t(i)];
        c.noalias() = a * b;
      });
    };
    return work{2. * threads * double(n) * double(n) * double(n), run};
  };
}

/// A pass over `bytes` of memory, a piece of it in each thread: f(piece, floats in it, number of the piece).
preparation pass(double bytes, int threads, auto f) {
  return [=] {
    auto each = Eigen::Index(bytes / sizeof(float)) / threads;
    auto memory = std::make_shared<Eigen::ArrayXf>(Eigen::ArrayXf::Constant(each * threads, 1));
    auto run = [=] { in_each_thread(threads, [&](int i) { f(memory->data() + i * each, each, i); }); };
    return work{double(each * threads) * sizeof(float), run};
  };
}

/// memcpy; the amount is what is copied, read once and written once.
inline preparation copy(double bytes, int threads) {
  return [=] {
    auto to = std::make_shared<Eigen::ArrayXf>(Eigen::ArrayXf::Zero(Eigen::Index(bytes / sizeof(float))));
    return pass(bytes, threads, [=](float const* from, Eigen::Index n, int i) {
      std::memcpy(to->data() + i * n, from, std::size_t(n) * sizeof(float));
    })();
  };
}

/// x *= 1, by a 1 that the compiler does not know of; the amount is what is read once and written once.
inline preparation scale_in_place(double bytes, int threads) {
  static float volatile one = 1;
  return pass(bytes, threads, [](float* x, Eigen::Index n, int) { Eigen::Map<Eigen::ArrayXf>(x, n) *= float(one); });
}

/// A sum; the amount is what is read.
inline preparation read(double bytes, int threads) {
  return pass(bytes, threads,
              [](float* x, Eigen::Index n, int) { x[0] = Eigen::Map<Eigen::ArrayXf const>(x, n).mean(); });
}

}  // namespace bench
