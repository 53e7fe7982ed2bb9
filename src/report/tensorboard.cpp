// Event files for TensorBoard, written by hand: five fields of three messages.
//
//   record  = u64 length | masked crc of it | Event | masked crc of that       (little-endian)
//   Event   = 1: double wall_time | 2: int64 step | 3: string file_version | 5: Summary
//   Summary = 1: Value, repeated;  Value = 1: string tag | 2: float simple_value
//
// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto
// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/lib/io/record_writer.h

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/crc32c.hpp"
#include "report/exports.hpp"
#include "report/safe_names.hpp"

namespace hindcast::report {
namespace {

void append_little_endian(std::string& out, std::uint64_t bits, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    out += static_cast<char>(bits >> (8 * i) & 0xFFU);
  }
}

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) {
    out += static_cast<char>((value & 0x7FU) | 0x80U);
  }
  out += static_cast<char>(value);
}

// How a field of protobuf is encoded.
enum class Wire : std::uint32_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

void append_key(std::string& out, std::uint32_t field, Wire wire) {
  append_varint(out, field << 3U | static_cast<std::uint32_t>(wire));
}

void append_bytes(std::string& out, std::uint32_t field, std::string_view content) {
  append_key(out, field, Wire::bytes);
  append_varint(out, content.size());
  out += content;
}

// A checksum of bytes that hold checksums themselves would be weak: so they are masked.
std::uint32_t masked_crc(std::string_view bytes) {
  constexpr std::uint32_t kDelta = 0xA282EAD8U;
  return std::rotr(crc32c(bytes), 15) + kDelta;
}

std::string record(std::string_view event) {
  std::string out;
  append_little_endian(out, event.size(), 8);
  append_little_endian(out, masked_crc(out), 4);
  out += event;
  append_little_endian(out, masked_crc(event), 4);
  return out;
}

std::string event_at(std::int64_t step) {
  std::string out;
  append_key(out, 1, Wire::fixed64);
  append_little_endian(out, std::bit_cast<std::uint64_t>(0.0), 8);
  append_key(out, 2, Wire::varint);
  append_varint(out, static_cast<std::uint64_t>(step));
  return out;
}

std::string version_event() {
  std::string event = event_at(0);
  append_bytes(event, 3, "brain.Event:2");
  return event;
}

std::string value_message(std::string_view tag, float number) {
  std::string value;
  append_bytes(value, 1, tag);
  append_key(value, 2, Wire::fixed32);
  append_little_endian(value, std::bit_cast<std::uint32_t>(number), 4);
  return value;
}

}  // namespace

std::vector<std::string> event_folders(const Report& report) {
  std::vector<std::string> folders;
  UniqueNames names;
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    if (const std::string& name = report.runs[i].name; folder_of(name) == name) {
      names.keep(std::to_string(i), name);
    }
  }
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    folders.push_back(names.of(std::to_string(i), [&] { return folder_of(report.runs[i].name); }));
  }
  return folders;
}

Exported write_events(const RunReport& run, const ScalarChoice& choice, const Sink& sink) {
  Exported done;
  UniqueNames tags;
  const Scalars scalars(run, choice);
  const StepAxis axis = step_axis(run);
  sink(record(version_event()));
  for (std::size_t t = 0; t < run.checkpoints.size(); ++t) {
    std::string summary;
    scalars.for_each(run.checkpoints[t], [&](const Scalar& scalar) {
      if (!scalar.value) {
        return;
      }
      if (std::abs(*scalar.value) > std::numeric_limits<float>::max()) {
        ++done.too_large;
        return;
      }
      const std::string& tag = tags.of(identity(scalar), [&] { return tag_of(scalar); });
      append_bytes(summary, 1, value_message(tag, static_cast<float>(*scalar.value)));
      ++done.numbers;
    });
    if (!summary.empty()) {
      std::string event = event_at(axis.steps[t]);
      append_bytes(event, 5, summary);
      sink(record(event));
    }
  }
  return done;
}

}  // namespace hindcast::report
