// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
// Every algorithm of the CPU.
#include "cpu/append.hpp"
#include "cpu/attention_adjoint.hpp"
#include "cpu/attention_adjoint_quadratic.hpp"
#include "cpu/automatic.hpp"
#include "cpu/causal_conv1d.hpp"
#include "cpu/causal_conv1d_adjoint.hpp"
#include "cpu/fold_dt.hpp"
#include "cpu/fold_dt_adjoint.hpp"
#include "cpu/for_each_index.hpp"
#include "cpu/linear_attention_adjoint.hpp"
#include "cpu/relocate.hpp"
#include "cpu/rms_norm.hpp"
#include "cpu/rms_norm_adjoint.hpp"
#include "cpu/rotate.hpp"
#include "cpu/rotate_adjoint.hpp"
#include "cpu/swiglu.hpp"
#include "cpu/swiglu_adjoint.hpp"
