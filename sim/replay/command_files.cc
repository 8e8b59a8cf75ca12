#include "sim/replay/command_files.h"

#include <array>
#include <utility>

namespace sim::replay {

void admit_files(const thin_tools::command_line& line, const std::string& operand_role,
                 passes& held) {
  constexpr std::array inputs{std::pair{"metadata", "metadata"}, std::pair{"scenario", "text"},
                              std::pair{"baseline", "text"}};
  constexpr std::array outputs{std::pair{"junit", junit_role}, std::pair{"json", json_role},
                               std::pair{"html", html_role}, std::pair{"csv", csv_role},
                               std::pair{"save-metadata", metadata_role}};
  for (const auto& path : line.operands())
    held.push_back(thin_tools::admit_reading(operand_role, path));
  for (const auto& [option, role] : inputs)
    if (const auto path = line.value(option))
      held.push_back(thin_tools::admit_reading(role, *path));
  for (const auto& [option, role] : outputs)
    if (const auto path = line.value(option))
      held.push_back(thin_tools::admit({role, *path, thin_tools::use::replace}));
}

}  // namespace sim::replay
