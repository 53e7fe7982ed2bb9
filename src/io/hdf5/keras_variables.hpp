#pragma once

#include <string>
#include <string_view>

namespace hindcast::io::hdf5 {

/// What follows a layer's name in the name of one of its variables, where `place` is what follows
/// the layer's path in that of the variable: "/kernel" for the "/vars/0" of a Dense. `place` itself
/// where the class leaves open what the number stands for, as that of a layer of the user's own.
[[nodiscard]] std::string name_variable(std::string_view layer_class, std::string_view place);

}  // namespace hindcast::io::hdf5
