// The list of logs that are looked for. To add one, write sources/<id>.cpp, then add its
// declaration and its entry here.

#include <array>

#include "io/scores/score_log.hpp"

namespace hindcast::io {

extern const ScoreSource hugging_face_scores;  // sources/hugging_face.cpp
extern const ScoreSource lightning_scores;     // sources/lightning.cpp
extern const ScoreSource timm_scores;          // sources/timm.cpp
extern const ScoreSource keras_scores;         // sources/keras.cpp

namespace {

// A file is of the first source that recognises it: Keras knows its own by the header alone.
constexpr std::array kSources = {&hugging_face_scores, &lightning_scores, &timm_scores,
                                 &keras_scores};

}  // namespace

std::span<const ScoreSource* const> score_sources() noexcept {
  return kSources;
}

}  // namespace hindcast::io
