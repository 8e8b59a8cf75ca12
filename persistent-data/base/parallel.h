// Work on several threads: the one place that makes them for it.
#pragma once

#include <cstddef>
#include <functional>

namespace pdata {

// How many threads keep the processors busy, at most 16: more only cost memory.
unsigned nr_processors();

// Calls visit(worker, turn) for each turn below nr_turns. Turns are begun in
// ascending order; workers are numbered below nr_workers, the calling thread is one of
// them, and each has one turn at a time. After an exception no turn is begun any more,
// and it is passed on when all workers have stopped. Where the system grants fewer
// threads, those that are there do the work.
void for_each_turn(std::size_t nr_turns, unsigned nr_workers,
                   const std::function<void(unsigned worker, std::size_t turn)>& visit);

}  // namespace pdata
