// A repaired pool against the pool that it was.
#pragma once

#include "tests/campaign/damage_kinds.h"

namespace campaign {

struct score {
  plain::u64 nr_mappings = 0;  // of the pool that it was
  plain::u64 bound = 0;        // of these: in leaves that are on the device in a usable form
  plain::u64 kept = 0;         // mapped as they were
  plain::u64 wrong = 0;        // mapped to something else, or where nothing was
  plain::u64 unmarked = 0;     // wrong, in devices that the report does not call guessed

  plain::u64 missing() const { return nr_mappings - kept; }
  bool as_it_was() const { return missing() == 0 && wrong == 0; }
  score& operator+=(const score& more);
};

// Mappings whose leaf can still be read: whole, wherever it stands, or in its place
// with one byte changed, which its checksum tells.
plain::u64 reachable_mappings(const patient& of, const damaged& now);

// `marked`: devices whose mappings the report calls guessed.
score compare(const patient& truth, const damaged& how, const plain::pool& found,
              const std::function<bool(plain::u64)>& marked);

// Nothing of it came back.
score all_missing(const patient& truth);

}  // namespace campaign
