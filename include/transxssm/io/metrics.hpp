// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <optional>
#include "json.hpp"
#include "mapped_file.hpp"
#include "new_file.hpp"

namespace transxssm {

/// What is known after a step of training.
struct training_metrics {
  std::int64_t step = 0;  // steps that have been done
  double loss = 0;        // nats for each token, mean of the step
  double learning_rate = 0, gradient_norm = 0, tokens_per_second = 0;
  std::optional<double> validation_loss = {};  // where it was measured
  double seconds = 0;                          // since the run began, without the time between its parts
};

/// Metrics as JSON lines, one for each step that is written:
///
///     {"step":20,"loss":3.1,"learning_rate":0.0006,"gradient_norm":1.5,"tokens_per_second":9100.0,"seconds":17.8}
///
/// Lines are appended, and each is with the system before write returns, so that a process that is killed loses none.
/// Numbers that are none (NaN, infinities) are null. A number that is read again is the one that was written.
class metrics_file {
 public:
  /// Goes on after step `restored`: lines of later steps, which will be done again, and a line that was never finished
  /// are dropped; with 0, everything is. Throws file_error if that cannot be done, or if one of the lines is no metrics.
  explicit metrics_file(std::filesystem::path const& path, std::int64_t restored = 0) : path_(path) {
    std::string kept;
    if (std::error_code unknown; restored > 0 && exists(path, unknown)) kept = lines_until(restored);
    new_file file(path);
    file.write(kept);
    file.commit();
    file_.reset(std::fopen(path.string().c_str(), "ab"));
    if (!file_) fail();
  }

  /// Throws file_error if it cannot be written.
  void write(training_metrics const& m) {
    nlohmann::ordered_json line{{"step", m.step},
                                {"loss", m.loss},
                                {"learning_rate", m.learning_rate},
                                {"gradient_norm", m.gradient_norm},
                                {"tokens_per_second", m.tokens_per_second}};
    if (m.validation_loss) line["validation_loss"] = *m.validation_loss;
    line["seconds"] = m.seconds;
    std::string const text = line.dump() + "\n";
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() || std::fflush(file_.get()) != 0) fail();
  }

 private:
  struct closed {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  [[noreturn]] void fail() const { throw file_error(path_, std::generic_category().message(errno)); }

  std::string lines_until(std::int64_t last_step) const {
    mapped_file const file(path_);
    std::string_view left(reinterpret_cast<char const*>(file.bytes().data()), file.bytes().size());
    std::string kept;
    for (auto end = left.find('\n'); end != left.npos; end = left.find('\n')) {
      std::string_view const line = left.substr(0, end);
      nlohmann::json const metrics = parse_json(path_, line);
      if (!metrics.is_object() || !metrics.contains("step") || !metrics["step"].is_number_integer())
        throw file_error(path_, "a line has no step: " + in_quotes(line));
      if (metrics["step"].get<std::int64_t>() <= last_step) kept.append(line).append("\n");
      left.remove_prefix(end + 1);
    }
    return kept;
  }

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, closed> file_;
};

}  // namespace transxssm
