// libFuzzer target: the manifest of a run.

#include "fuzz/input.hpp"
#include "io/manifest.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  const fuzz::Bytes bytes = fuzz::bytes_of(data, size);
  (void)io::is_manifest(bytes);
  fuzz::expect_nothing_but_errors([&] {
    for (const io::ListedCheckpoint& listed : io::parse_manifest(bytes)) {
      const std::filesystem::path plain = listed.path.lexically_normal();
      fuzz::require(plain.is_relative() && !plain.string().starts_with(".."),
                    "a path that leads out of the folder");
    }
  });
  return 0;
}
