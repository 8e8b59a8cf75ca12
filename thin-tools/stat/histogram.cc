#include "thin-tools/stat/histogram.h"

#include <fmt/format.h>

namespace thin_tools {

std::uint64_t histogram::total() const {
  std::uint64_t sum = 0;
  for (const auto& [number, times] : times_) sum += times;
  return sum;
}

double histogram::average() const {
  double sum = 0;
  for (const auto& [number, times] : times_)
    sum += static_cast<double>(number) * static_cast<double>(times);
  const auto all = total();
  return all == 0 ? 0 : sum / static_cast<double>(all);
}

void histogram::write(text_buffer& to, std::string_view number_name,
                      std::string_view times_name) const {
  to << number_name << "\t" << times_name << "\tpercentage\n";
  const auto all = static_cast<double>(total());
  for (const auto& [number, times] : times_)
    to << fmt::format("{}\t{}\t{:.4f}\n", number, times, 100 * static_cast<double>(times) / all);
}

}  // namespace thin_tools
