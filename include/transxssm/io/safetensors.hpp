// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "mapped_file.hpp"
#include "safetensors_header.hpp"

namespace transxssm {

/// A safetensors file, mapped into memory: what is in it, and where.
///
///     safetensors file("model.safetensors");
///     for (stored_tensor const& t : file.tensors()) std::cout << t.name << " " << t.type.name << "\n";
///
/// Nothing of a tensor is read from the disk until its bytes are looked at. Copies share the map, and a tensor's bytes are
/// there as long as one of them is. Throws file_error for whatever cannot be read or is not strictly a safetensors file.
class safetensors {
 public:
  explicit safetensors(std::filesystem::path const& path)
      : file_(path), header_(safetensors_header_reader(path, file_.bytes()).read()) {}

  std::filesystem::path const& path() const { return file_.path(); }
  std::map<std::string, std::string> const& metadata() const { return header_.metadata; }
  tensor_table const& tensors() const { return header_.tensors; }

  /// Throws file_error if there is none of that name.
  stored_tensor const& tensor(std::string_view name) const {
    if (auto found = tensors().find(name)) return *found;
    throw file_error(path(), "there is no tensor " + in_quotes(name));
  }

 private:
  mapped_file file_;
  safetensors_header header_;
};

}  // namespace transxssm
