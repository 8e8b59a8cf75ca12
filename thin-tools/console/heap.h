// Memory that many threads take and give back.
#pragma once

namespace thin_tools {

// From now on all threads share one heap. What one of them frees is there for the others then;
// heaps of their own grow beside each other. For tools whose threads mostly compute.
void share_one_heap();

}  // namespace thin_tools
