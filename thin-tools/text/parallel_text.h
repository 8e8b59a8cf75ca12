// Long output in parts that several threads make at once and that are written in
// order. Little of it is kept: a part that grows large before its turn has
// come waits for it.
#pragma once

#include <cstddef>
#include <functional>

#include "thin-tools/text/text_sink.h"

namespace thin_tools {

// Called once for each part, by several threads.
using part_maker = std::function<void(std::size_t part, text_buffer& out)>;

// The first exception, of a maker or of the sink, ends it and is passed on.
void write_parts(text_sink& to, std::size_t nr_parts, const part_maker& make);

}  // namespace thin_tools
