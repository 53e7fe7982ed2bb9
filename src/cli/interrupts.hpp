#pragma once

namespace hindcast::cli {

/// From now on a signal that ends the program (SIGINT, SIGTERM, SIGHUP, SIGPIPE) leaves no
/// unfinished file behind; the exit status is 128 and its number, as a shell's, but that of SIGPIPE
/// is its own. A file that grows beyond a limit of the system (SIGXFSZ) is an error like a full
/// disk.
///
/// What was ignored stays ignored, as by nohup.
void handle_interrupts();

}  // namespace hindcast::cli
