#pragma once

namespace hindcast::cli {

/// From now on too little memory ends the program in one line and the exit status of a trouble,
/// also where it strikes a destructor, a thread, or the throwing of the exception that tells of it.
/// Leaves no unfinished file behind.
void handle_out_of_memory();

/// Was memory ever refused to this process?
[[nodiscard]] bool ran_out_of_memory() noexcept;

/// Says so, and takes no memory for it.
void print_out_of_memory() noexcept;

}  // namespace hindcast::cli
