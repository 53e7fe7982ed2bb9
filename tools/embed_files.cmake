# Writes a C++ source with the content of files, which the program then has without reading any.
#   cmake -D "FILES=a;b" -D OUTPUT=... -P embed_files.cmake
#
# A file is found by its name without the folder.

set(arrays "")
set(entries "")
set(number 0)
foreach(file IN LISTS FILES)
  cmake_path(GET file FILENAME name)
  file(READ "${file}" digits HEX)
  string(REGEX REPLACE "(................................)" "\\1\n  " digits "${digits}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${digits}")
  string(APPEND arrays "constexpr char kFile${number}[] = {\n  ${bytes}};\n")
  string(APPEND entries "    File{\"${name}\", {kFile${number}, sizeof(kFile${number})}},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE "${OUTPUT}" "// Written by tools/embed_files.cmake.

#include \"html/page_files.hpp\"

#include <algorithm>
#include <array>
#include <cassert>

namespace hindcast::html {
namespace {

struct File {
  std::string_view name;
  std::string_view content;
};

${arrays}
constexpr std::array kFiles = {
${entries}};

}  // namespace

std::string_view page_file(std::string_view name) noexcept {
  const auto* const file = std::ranges::find(kFiles, name, &File::name);
  assert(file != kFiles.end());
  return file->content;
}

}  // namespace hindcast::html
")
