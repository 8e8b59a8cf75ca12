#include "thin-tools/page/html_frame.h"

#include <fmt/format.h>

#include <algorithm>

#include "thin-tools/page/axis.h"
#include "thin-tools/page/human_numbers.h"
#include "thin-tools/page/markup.h"

namespace thin_tools::page {

std::string frame_html(const plot_frame& frame) {
  std::string left;
  for (const plot_mark& mark : frame.left)
    left +=
        fmt::format("<span style=\"bottom:{:.2f}%\">{}</span>", mark.percent, escaped(mark.text));
  std::string below;
  for (const plot_mark& mark : frame.below)
    below +=
        fmt::format("<span{} style=\"left:{:.2f}%\">{}</span>",
                    mark.percent > 94 ? " class=\"last\"" : "", mark.percent, escaped(mark.text));
  return fmt::format(
      "<figure class=\"card{}\"><figcaption><b>{}</b> <span>{}</span></figcaption>\n"
      "<div class=\"legend\">{}</div>\n"
      "<div class=\"frame\"><div class=\"left\">{}</div>\n<div class=\"plot\" {}>{}</div>\n"
      "<div class=\"below\">{}</div></div></figure>\n",
      frame.wide ? " wide" : "", escaped(frame.title), escaped(frame.subtitle), frame.legend, left,
      frame.attributes, frame.inside, below);
}

std::string bars_html(plot_frame frame, const std::vector<plot_bar>& bars) {
  if (bars.empty()) return {};
  const axis y = value_axis(static_cast<double>(std::ranges::max(bars, {}, &plot_bar::value).value),
                            axis_of::counts);
  const double width = 100.0 / static_cast<double>(bars.size());
  frame.attributes = "data-bars";
  for (const axis_mark& mark : y.marks) frame.left.push_back({mark.value / y.end * 100, mark.text});
  double left = 0;
  for (const plot_bar& bar : bars) {
    frame.inside += fmt::format(
        "<div class=\"bar\" style=\"left:{:.2f}%;width:{:.2f}%\" title=\"{}\">"
        "<i style=\"height:{:.2f}%\"></i></div>",
        left, width, escaped(bar.words), static_cast<double>(bar.value) / y.end * 100);
    if (!bar.below.empty()) frame.below.push_back({left + width / 2, bar.below});
    left += width;
  }
  return frame_html(frame);
}

std::string histogram_html(const std::vector<run_bucket>& by_length, const std::string& title,
                           card_width width) {
  std::vector<plot_bar> bars;
  for (std::size_t i = 0; i < by_length.size(); ++i) {
    const run_bucket& bucket = by_length[i];
    const std::uint64_t from = std::uint64_t{1} << i;
    bars.push_back({bucket.blocks, short_number(static_cast<double>(from)),
                    fmt::format("runs of {} to {} blocks: {} runs, {} blocks",
                                with_separators(from), with_separators(from * 2 - 1),
                                with_separators(bucket.runs), with_separators(bucket.blocks))});
  }
  plot_frame frame;
  frame.title = title;
  frame.subtitle = "blocks in runs, by the length of the run: from the number below to the next";
  frame.wide = width == card_width::of_page;
  return bars_html(frame, bars);
}

}  // namespace thin_tools::page
