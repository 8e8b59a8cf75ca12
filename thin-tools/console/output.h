// Text to standard output and standard error, and the one policy for readers
// that go away: writing to a closed pipe ends a tool silently, with status 1.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

namespace thin_tools {

// Thrown by print to standard output when its reader has closed the pipe.
struct closed_pipe {};

// SIGPIPE is ignored from now on; writes report EPIPE instead.
void ignore_closed_pipes();

// Fills the numbers of standard streams that the caller has closed with something
// that can neither be read nor written. Otherwise the next file that is opened, such
// as new metadata, would get the number, and a report be written into it.
void hold_standard_streams();

// True once something was written to standard output, by print or by whoever said so
// with note_output, whether or not it has arrived.
bool is_output_begun();
void note_output(int descriptor);

// Throws closed_pipe, or error if the output cannot be written (a full disk).
// Failures on standard error are ignored: there is nobody left to tell.
void print(std::FILE* stream, std::string_view text);

// What is printed to standard error from now on passes through `filter`, such as one
// that puts names beside numbers. None: as it is.
using message_filter = std::function<std::string(std::string_view)>;
void filter_messages(message_filter filter);

void flush_output(std::FILE* stream);

}  // namespace thin_tools
