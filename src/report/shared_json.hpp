#pragma once

// What reports and parts of reports both hold, as JSON. Readers take the object with the members.

#include <functional>
#include <optional>
#include <string>

#include "hindcast/report/report.hpp"

#include "base/json_document.hpp"
#include "base/json_writer.hpp"

namespace hindcast::report {

/// Kind, shape, layout and type of a layer: all but its name and what was measured.
void write_traits(JsonWriter& json, const LayerReport& layer);
void read_traits(LayerReport& layer, const JsonValue& value);

/// The number of weights of a layer. Throws Error{malformed} with the place of `shape` where it is
/// too large.
[[nodiscard]] std::uint64_t weights_of(const LayerReport& layer, const JsonValue& shape);

/// The member "ledger".
void write_ledger(JsonWriter& json, const Ledger& ledger);
[[nodiscard]] Ledger read_ledger(const JsonValue& value);

/// The member "options".
void write_options(JsonWriter& json, const OptionsEcho& options);
[[nodiscard]] OptionsEcho read_options(const JsonValue& value);

/// The member "model_order"; `write_name` writes the member "name" of a parameter.
void write_model_order(JsonWriter& json, const std::optional<ModelOrder>& order,
                       const std::function<void(const std::string& name)>& write_name);

/// The member "tool".
void write_tool(JsonWriter& json);

/// RMSGD's own numbers.
void write_hyperparameters(JsonWriter& json, const schedule::RmsgdOptions& options);
/// These and whose RMSGD it is.
[[nodiscard]] schedule::RmsgdOptions read_rmsgd(const JsonValue& value);

[[nodiscard]] std::string_view name(GainSource source) noexcept;
/// The member "evbmf".
[[nodiscard]] GainSource read_gain_source(const JsonValue& value);

}  // namespace hindcast::report
