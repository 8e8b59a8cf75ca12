#include "tests/campaign/floors.h"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace campaign {

std::map<std::string, floor> read_floors(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::map<std::string, floor> floors;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto bar = line.find('|');
    auto kind = line.substr(0, bar);
    kind.erase(kind.find_last_not_of(' ') + 1);
    floor least;
    char bars[3] = {};
    std::istringstream rest(bar == std::string::npos ? "" : line.substr(bar + 1));
    rest >> least.kept >> bars[0] >> least.wrong >> bars[1] >> least.silent >> bars[2] >>
        least.broken;
    if (!rest || std::string_view(bars, 3) != "|||" || !floors.emplace(kind, least).second)
      throw std::runtime_error(path + ": no floor: " + line);
  }
  return floors;
}

}  // namespace campaign
