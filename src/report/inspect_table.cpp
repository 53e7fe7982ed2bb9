// What a person reads on a terminal after `inspect`.

#include <fmt/format.h>

#include "hindcast/report/writers.hpp"

#include "base/text.hpp"
#include "report/text_table.hpp"

namespace hindcast::report {
namespace {

std::string file_text(const InspectedFile& file) {
  std::string out = fmt::format("{}: {}", printable(file.path), file.format);
  if (file.epoch) {
    out += fmt::format(", epoch {}", *file.epoch);
  }
  if (file.step) {
    out += fmt::format(", step {}", *file.step);
  }
  out += fmt::format(", order from {}\n\n", file.order_evidence);

  using Align = TextTable::Align;
  TextTable table({{"tensor", Align::left},
                   {"shape", Align::left},
                   {"dtype", Align::left},
                   {"role", Align::left},
                   {"layout", Align::left},
                   {"norm", Align::right},
                   {"", Align::left}});
  for (const TensorEntry& tensor : file.tensors) {
    const std::string verdict = tensor.analysed ? "analysed: " : "skipped, " + tensor.skipped;
    const std::string separator = tensor.analysed || tensor.reason.empty() ? "" : ": ";
    table.row({printable(tensor.name), tensor.shape.empty() ? "scalar" : join(tensor.shape, "x"),
               tensor.dtype, tensor.role, tensor.layout.empty() ? "-" : tensor.layout,
               tensor.frobenius_norm ? fmt::format("{:.5g}", *tensor.frobenius_norm) : "-",
               verdict + separator + printable_line(tensor.reason)});
    if (tensor.analysed && !tensor.name.ends_with(tensor.layer)) {
      table.row({"  layer " + printable(tensor.layer), "", "", "", "", "", ""});
    }
    for (const std::string& alias : tensor.aliases) {
      table.row({"  = " + printable(alias), "", "", "", "", "", ""});
    }
  }
  out += table.text();
  out += fmt::format("\nledger: {}\n", describe(file.ledger));
  return out;
}

}  // namespace

std::string to_table(const InspectReport& report) {
  std::string out;
  for (const InspectedFile& file : report.files) {
    out += (out.empty() ? "" : "\n") + file_text(file);
  }
  return out;
}

}  // namespace hindcast::report
