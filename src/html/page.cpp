// One HTML page with everything in it.
//
// src/html/page/page.html is the skeleton; "{{name}}" stands for what is put in, once and in one
// pass, so that nothing that is put in is looked through again. What the Content-Security-Policy
// (https://www.w3.org/TR/CSP3/) allows is named by its SHA-256: our styles and programs, and no
// request at all. Data is not executed, so that it needs no leave.

#include "html/page.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "hindcast/version.hpp"

#include "base/base64.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "html/packed.hpp"
#include "html/page_data.hpp"
#include "html/page_files.hpp"

namespace hindcast::html {
namespace {

// Up to here the data stands in the page as it is, for whoever looks into the file.
constexpr std::size_t kMostPlainBytes = 200'000;

// Up to here it has all digits. Packed it is then below 4 MB: the last digits are noise, which
// packs to three fifths of what it was.
constexpr std::size_t kMostExactBytes = 6'000'000;

// Our programs, in the order in which they need each other.
constexpr std::array<std::string_view, 24> kPrograms = {
    "elements.js",     "format.js",         "brief_names.js",
    "colour.js",       "ticks.js",          "marker.js",
    "data.js",         "selection.js",      "canvas_scheduler.js",
    "line_marks.js",   "line_chart.js",     "heat_map.js",
    "scatter.js",      "keys.js",           "runs.js",
    "rates.js",        "spectrum_chart.js", "spectrum.js",
    "gate_verdict.js", "sections.js",       "header.js",
    "layer_table.js",  "theme.js",          "main.js"};

// Our styles; of two rules for one thing the later holds.
constexpr std::array<std::string_view, 7> kStyles = {
    "style.css",    "header.css",  "charts.css", "layer_table.css",
    "spectrum.css", "screens.css", "print.css"};

std::string styles() {
  std::string out;
  for (const std::string_view name : kStyles) {
    out += page_file(name);
  }
  return out;
}

std::string programs() {
  std::string out = "\"use strict\";\n";
  for (const std::string_view name : kPrograms) {
    out += page_file(name);
  }
  return out;
}

// For HTML text and attribute values.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// In JSON all of these can only stand in texts, where an escape means the same. A browser ends a
// script at "</script" wherever that stands; the two separators end a line in older ones.
std::string safe_in_script(std::string_view json) {
  constexpr std::string_view kLineSeparator = "\xE2\x80\xA8";
  constexpr std::string_view kParagraphSeparator = "\xE2\x80\xA9";
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string_view three = json.substr(i, kLineSeparator.size());
    if (json[i] == '<' || json[i] == '>' || json[i] == '&') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(json[i]));
    } else if (three == kLineSeparator || three == kParagraphSeparator) {
      out += three == kLineSeparator ? "\\u2028" : "\\u2029";
      i += three.size() - 1;
    } else {
      out += json[i];
    }
  }
  return out;
}

std::string data_element(const report::Report& report, const std::optional<Verdict>& verdict) {
  std::string json = page_data(report, verdict, Digits::all);
  if (json.size() > kMostExactBytes) {
    json = page_data(report, verdict, Digits::six);
  }
  if (json.size() <= kMostPlainBytes) {
    return fmt::format(R"(<script type="application/json" id="data">{}</script>)",
                       safe_in_script(json));
  }
  return fmt::format(
      R"(<script type="text/plain" id="data" data-encoding="deflate-base64">{}</script>)",
      packed(json));
}

// 'sha256-...', by which the policy allows one inline style or program.
std::string source_of(std::string_view content) {
  const std::string digits = sha256(std::as_bytes(std::span(content)));
  std::vector<std::byte> digest;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    digest.push_back(static_cast<std::byte>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return fmt::format("'sha256-{}'", base64(digest));
}

std::string title_of(const report::Report& report) {
  if (report.runs.size() == 1) {
    return printable(report.runs.front().name) + " · hindcast";
  }
  return fmt::format("{} runs · hindcast", report.runs.size());
}

using Parts = std::map<std::string_view, std::string, std::less<>>;

Parts parts_of(const report::Report& report, const std::optional<Verdict>& verdict) {
  Parts parts;
  parts["title"] = escaped(title_of(report));
  parts["version"] = escaped(version());
  parts["first_program"] = page_file("first.js");
  parts["library_style"] = page_file("uPlot.min.css");
  parts["style"] = styles();
  parts["library"] = page_file("uPlot.iife.min.js");
  parts["programs"] = programs();
  parts["library_licence"] = escaped(page_file("LICENSE"));
  parts["data"] = data_element(report, verdict);
  parts["policy"] = fmt::format(
      "default-src 'none'; script-src {} {} {}; style-src {} {}; img-src data:; base-uri 'none'; "
      "form-action 'none'",
      source_of(parts["first_program"]), source_of(parts["library"]), source_of(parts["programs"]),
      source_of(parts["library_style"]), source_of(parts["style"]));
  return parts;
}

}  // namespace

std::string to_html(const report::Report& report, const std::optional<Verdict>& verdict) {
  const Parts parts = parts_of(report, verdict);
  const std::string_view skeleton = page_file("page.html");
  std::string out;
  std::size_t at = 0;
  for (std::size_t begin = skeleton.find("{{"); begin != std::string_view::npos;
       begin = skeleton.find("{{", at)) {
    const std::size_t end = skeleton.find("}}", begin);
    out += skeleton.substr(at, begin - at);
    out += parts.at(std::string(skeleton.substr(begin + 2, end - begin - 2)));
    at = end + 2;
  }
  out += skeleton.substr(at);
  return out;
}

}  // namespace hindcast::html
