#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "hindcast/io/format.hpp"

#include "base/mapped_file.hpp"
#include "support/test_files.hpp"

using namespace hindcast;
using namespace std::string_view_literals;

namespace {

std::string described(std::string_view content) {
  return io::describe_unrecognised(std::as_bytes(std::span(content)));
}

// A zip archive's member as far as the description looks.
std::string zip_with(std::string_view member) {
  return "PK\x03\x04" + std::string(26, '\0') + std::string(member) + "PK\x05\x06" +
         std::string(18, '\0');
}

}  // namespace

TEST_CASE("describe_unrecognised: accidents come with what to do about them") {
  CHECK(described("") == "an empty file");
  CHECK(described("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n") ==
        "a Git LFS pointer, not the file itself; run 'git lfs pull'");
  CHECK(described("\n <!DOCTYPE HTML><html></html>") ==
        "an HTML page, not a checkpoint: the download went wrong");
  CHECK(described("\xEF\xBB\xBF<html>") ==
        "an HTML page, not a checkpoint: the download went wrong");
  CHECK(described("{\"error\": \"not found\"}") == "a JSON text, not a checkpoint");
  CHECK(described("hello\n") == "a text file, not a checkpoint");
  CHECK(described("gr\xc3\xb6\xc3\x9f"
                  "er\n") == "a text file, not a checkpoint");
  CHECK(described("\x1f\x8b\x08\x00"sv) == "gzip-compressed; decompress it first");
}

TEST_CASE("describe_unrecognised: archives are told apart by their members") {
  CHECK(described(zip_with("archive/data.pkl")) ==
        "a PyTorch zip archive, but damaged or cut short");
  CHECK(described(zip_with("model.weights.h5")) ==
        "a Keras 3 model archive, but damaged or cut short");
  CHECK(described(zip_with("w.npy")) == "a NumPy archive, but damaged or cut short");
  CHECK(described(zip_with("readme")) == "a zip archive, which this version does not read");
}

TEST_CASE("describe_unrecognised: other programs' formats by their magic numbers") {
  CHECK(described("\x80\x02}q\x00."sv) ==
        "a bare pickle, not a PyTorch checkpoint: pickles can run code, so it is not read");
  CHECK(described("(dp0\nVw\np1\nI1\ns."sv) ==
        "a bare pickle, not a PyTorch checkpoint: pickles can run code, so it is not read");
  CHECK(described("}q\x00X\x01\x00\x00\x00wq\x01K\x01s."sv) ==
        "a bare pickle, not a PyTorch checkpoint: pickles can run code, so it is not read");
  CHECK(described("cos\nsystem\n(S'true'\ntR."sv) ==
        "a bare pickle, not a PyTorch checkpoint: pickles can run code, so it is not read (it "
        "refers to os.system)");
  CHECK(described("\x93NUMPY\x01\x00v\x00"sv) == "a NumPy array, but damaged or cut short");
  CHECK(described("GGUF\x03\x00\x00\x00"sv) == "a GGUF file, which this version does not read");
  CHECK(described("\x02\x00\x00\x00\x00\x00\x00\x00{}"sv) ==
        "a safetensors file, but damaged or cut short");
  CHECK(described("Rar!\x1a\x07\x00"sv) == "a RAR archive; extract it first");
  CHECK(described("\x7f"
                  "ELF\x02\x01\x01\x00"sv) == "an executable or library, not a checkpoint");
  CHECK(described(std::string(257, '\0') + "ustar") ==
        "a tar archive, which this version does not read");
}

TEST_CASE("describe_unrecognised: an ONNX model by the fields of its message") {
  // ir_version = 8, graph = an empty message.
  CHECK(described("\x08\x08\x3a\x00"sv) == "an ONNX model, but damaged or cut short");
}

TEST_CASE("describe_unrecognised: whatever else there is") {
  CHECK(described("\x01\x02\x03\x04"sv) == "not a checkpoint format that hindcast reads");
  // A protobuf length that runs past the end.
  CHECK(described("\x08\x08\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv) ==
        "not a checkpoint format that hindcast reads");
}

TEST_CASE("describe_unrecognised: every prefix of every kind of file has a description") {
  const std::vector<std::string> samples = {
      zip_with("archive/data.pkl"), std::string("\x08\x08\x3a\x02\x0a\x00"sv),
      std::string("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv),
      std::string("\xEF\xBB\xBF  <html>")};
  for (const std::string& sample : samples) {
    for (std::size_t length = 0; length <= sample.size(); ++length) {
      // A copy, exactly sized, so that AddressSanitizer guards its end.
      const std::vector<char> prefix(sample.begin(),
                                     sample.begin() + static_cast<std::ptrdiff_t>(length));
      CHECK_FALSE(described({prefix.data(), prefix.size()}).empty());
    }
  }
}

TEST_CASE("describe_unrecognised: real files that only look like checkpoints") {
  const auto folder = test::shared_file("corpus/not_a_checkpoint");
  if (!folder) {
    return;
  }
  const auto of = [&](const char* name) {
    return io::describe_unrecognised(MappedFile(*folder / name).bytes());
  };
  CHECK(of("git_lfs_pointer.safetensors").starts_with("a Git LFS pointer"));
  CHECK(of("html_page.onnx").starts_with("an HTML page"));
  CHECK(of("really_an_npy.npz").starts_with("a NumPy array"));
  CHECK(of("tf_ae0_frozen.pb") == "perhaps a TensorFlow graph, which hindcast does not read");
}

TEST_CASE("describe_unrecognised: real checkpoints of formats that are not read yet") {
  const auto folder = test::shared_file("corpus");
  if (!folder) {
    return;
  }
  const auto of = [&](const char* name) {
    return io::describe_unrecognised(MappedFile(*folder / name).bytes());
  };
  CHECK(of("torch/burn_mnist.pt").starts_with("a PyTorch zip archive"));
  CHECK(of("torch/pyhessian_net.pkl").starts_with("a PyTorch file of the time before"));
  CHECK(of("keras/wordsearch_font_identifier.keras").starts_with("a Keras 3 model archive"));
  CHECK(of("npz/candle_test.npz").starts_with("a NumPy archive"));
  CHECK(of("safetensors/burn_mnist.safetensors").starts_with("a safetensors file"));
  CHECK(of("onnx/super_resolution.onnx").starts_with("an ONNX model"));
}
