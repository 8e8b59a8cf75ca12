#include "thin-tools/page/html_assets.h"

namespace thin_tools::page {

const std::string_view page_style = R"css(
:root{color-scheme:light dark;--page:#f6f5f2;--card:#fdfdfc;--ink:#16150f;--soft:#55534b;
--rule:#e3e1d8;--free:#e9e7df;--c1:#2a78d6;--c2:#dd5f2c;--c3:#159468;--c4:#c48a00;--c5:#5a48b8;
--c6:#8a887f;--bad:#b3261e;--good:#1a7f4e}
@media(prefers-color-scheme:dark){:root{--page:#111110;--card:#1b1b19;--ink:#f2f1ec;--soft:#b5b3a8;
--rule:#32312d;--free:#292825;--c1:#4a93ec;--c2:#e8764a;--c3:#2bb384;--c4:#d9a21c;--c5:#9a8df0;
--c6:#8f8d84;--bad:#ff897d;--good:#5cc492}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
-webkit-text-size-adjust:100%}
main{max-width:76rem;margin:0 auto;padding:1.5rem clamp(.75rem,3vw,2rem) 4rem}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:2.25rem 0 .75rem}
p{margin:.25rem 0;overflow-wrap:anywhere}.soft,figcaption span,th{color:var(--soft)}
.verdict{font-weight:600;overflow-wrap:anywhere}.bad{color:var(--bad)}.good{color:var(--good)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;
margin:1.25rem 0}
.tile,.card{background:var(--card);border:1px solid var(--rule);border-radius:8px}
.tile{padding:.7rem .9rem}.tile span{display:block;font-size:.85rem;color:var(--soft)}
.tile b{font-size:1.45rem;line-height:1.3;font-weight:600;letter-spacing:-.01em}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,29rem),1fr));gap:.75rem}
.card{margin:0;padding:.9rem 1rem 1rem;min-width:0}.wide{grid-column:1/-1}
figcaption{line-height:1.35}figcaption span{font-size:.85rem}
.legend{display:flex;flex-wrap:wrap;gap:.1rem 1rem;font-size:.85rem;color:var(--soft);
min-height:1.4rem;margin:.1rem 0 .5rem}
.key{display:inline-block;width:.75em;height:.75em;border-radius:2px;margin-right:.4em}
.k1{background:var(--c1)}.k2{background:var(--c2)}.k3{background:var(--c3)}
.k4{background:var(--c4)}.k5{background:var(--c5)}.k6{background:var(--c6)}
.klimit{height:0;border-top:2px dashed var(--bad);border-radius:0;vertical-align:.25em}
.kfree{background:var(--free)}.kfoot{background:linear-gradient(var(--c6) 55%,var(--ink) 55%)}
.frame{display:grid;grid-template-columns:4rem minmax(0,1fr);grid-template-rows:12rem 1.6rem}
.left,.below,.plot,.map{position:relative}
.left span,.below span{position:absolute;font-size:.78rem;line-height:1;color:var(--soft);
white-space:nowrap;font-variant-numeric:tabular-nums}
.left span{right:.5rem;transform:translateY(50%)}
.below{grid-column:2}.below span{top:.5rem;transform:translateX(-50%)}
.below span:first-child{transform:none}.below span.last{transform:translateX(-100%)}
.plot svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
.plot svg.heat{overflow:hidden}
.plot{touch-action:pan-y;outline-offset:3px}
svg path{vector-effect:non-scaling-stroke}
.grid{stroke:var(--rule);stroke-width:1;fill:none}
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.l1{stroke:var(--c1)}.l2{stroke:var(--c2)}.l3{stroke:var(--c3)}.l4{stroke:var(--c4)}
.l5{stroke:var(--c5)}.l6{stroke:var(--c6)}.mark{stroke-width:1;fill:none;opacity:.45}
.m0{stroke:var(--c3)}.m1{stroke:var(--c4)}.m2{stroke:var(--ink)}.m3{stroke:var(--bad)}
.m4{stroke:var(--c5)}.km0{background:var(--c3)}.km1{background:var(--c4)}
.km2{background:var(--ink)}.km3{background:var(--bad)}.km4{background:var(--c5)}
.area{fill:var(--c1);opacity:.13}
.limit{fill:none;stroke:var(--bad);stroke-width:1.5;stroke-dasharray:5 4}
.cross{position:absolute;top:0;bottom:0;width:1px;background:var(--soft);display:none}
.tip{max-width:60vw;position:absolute;top:0;z-index:2;display:none;pointer-events:none;
background:var(--card);
border:1px solid var(--rule);border-radius:6px;box-shadow:0 2px 10px #0003;padding:.35rem .6rem;
font-size:.82rem;line-height:1.4;font-variant-numeric:tabular-nums}
.on .cross,.on .tip{display:block}
.bar{position:absolute;top:0;bottom:0;padding:0 max(1px,6%)}
.bar i{position:absolute;bottom:0;left:8%;right:8%;background:var(--c1);border-radius:3px 3px 0 0}
.bar:hover i{background:var(--c2)}[data-bars]{border-bottom:1px solid var(--rule)}
.map svg{display:block;width:100%;height:auto}.free{fill:var(--free)}.foot{fill:var(--ink)}
.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}.f4{fill:var(--c4)}.f5{fill:var(--c5)}
.f6{fill:var(--c6)}.v1{opacity:.35}.v2{opacity:.55}.v3{opacity:.78}
.meter{display:flex;height:1.4rem;border-radius:4px;overflow:hidden;background:var(--free)}
.meter i{display:block}h3{font-size:1rem;margin:1.25rem 0 .5rem}
.charts+div,div+.charts{margin-top:1rem}
td{overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:.92rem;font-variant-numeric:tabular-nums}
th{font-weight:500;font-size:.85rem}
th,td{text-align:left;padding:.35rem 1.1rem .35rem 0;border-bottom:1px solid var(--rule);
vertical-align:top}
td.n,th.n{text-align:right}td.n{white-space:nowrap}td:first-child{min-width:7rem}
th{vertical-align:bottom}td:last-child,th:last-child{padding-right:0}
details{margin-top:2rem}summary{cursor:pointer;font-weight:600}
@media(max-width:34rem){.below span:nth-child(even){display:none}.card{padding:.8rem .7rem}
.frame{grid-template-columns:3.6rem minmax(0,1fr)}
thead{display:none}table,tbody,tr,td{display:block}tr{border-bottom:1px solid var(--rule);
padding:.4rem 0}td,td.n{border:0;padding:.05rem 0;text-align:left;white-space:normal}
td[data-label]::before{content:attr(data-label) ": ";color:var(--soft)}td:empty{display:none}
.tile b{font-size:1.25rem}}
@media(max-width:64rem){.many thead{display:none}
.many table,.many tbody,.many tr,.many td{display:block}.many tr{
border-bottom:1px solid var(--rule);padding:.4rem 0}.many td,.many td.n{border:0;
padding:.05rem 0;text-align:left}.many td[data-label]::before{content:attr(data-label) ": ";
color:var(--soft)}}
@media print{body{background:#fff}.card,.tile{break-inside:avoid}}
)css";

const std::string_view page_script = R"js(
'use strict';
const data = JSON.parse(document.getElementById('chart-data').textContent);
const maps = JSON.parse(document.getElementById('map-data').textContent);
const end = data.end;
const exact = new Intl.NumberFormat('en', {maximumFractionDigits: 3});

function timeText(s) {
  if (end < 120) return exact.format(s) + ' s';
  const h = Math.floor(s / 3600), m = Math.floor(s % 3600 / 60), rest = Math.floor(s % 60);
  return (h ? h + ' h ' : '') + (h || m ? m + ' min ' : '') + (h ? '' : rest + ' s');
}

function nearest(times, time) {
  let low = 0, high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1; else high = middle;
  }
  if (low > 0 && time - times[low - 1] < times[low] - time) --low;
  return low;
}

// The bin that holds a time.
function binOf(times, time) {
  let i = 0;
  while (i + 2 < times.length && times[i + 1] <= time) ++i;
  return i;
}

function placeTip(tip, lines, percent, keys) {
  tip.replaceChildren();
  lines.forEach((text, i) => {
    const row = document.createElement('div');
    if (keys && i > 0) {
      const key = document.createElement('i');
      key.className = 'key k' + i;
      row.append(key);
    }
    row.append(text);
    tip.append(row);
  });
  tip.style.left = percent < 50 ? 'calc(' + percent + '% + 10px)' : 'auto';
  tip.style.right = percent < 50 ? 'auto' : 'calc(' + (100 - percent) + '% + 10px)';
}

document.querySelectorAll('[data-chart]').forEach(plot => {
  const chart = data.charts[Number(plot.dataset.chart)];
  const times = chart.times, last = chart.lines.length ? chart.lines[0].values.length - 1 : -1;
  if (last < 0) return;
  let index = 0;
  const show = i => {
    index = Math.max(0, Math.min(last, i));
    const percent = end ? Math.min(1, times[index] / end) * 100 : 0;
    plot.querySelector('.cross').style.left = percent + '%';
    const when = chart.bins ? timeText(times[index]) + ' to ' + timeText(times[index + 1])
                            : timeText(times[index]);
    const many = chart.lines.length > 1;
    const lines = [when].concat(chart.lines.map(
      line => exact.format(line.values[index]) + ' ' + (many ? line.label : chart.unit)));
    if (chart.limit.length) lines.push('of ' + exact.format(chart.limit[index]));
    placeTip(plot.querySelector('.tip'), lines, percent, many);
    plot.classList.add('on');
  };
  const hide = () => plot.classList.remove('on');
  const at = event => {
    const box = plot.getBoundingClientRect();
    const time = (event.clientX - box.left) / box.width * end;
    show(chart.bins ? binOf(times, time) : nearest(times, time));
  };
  plot.addEventListener('pointermove', at);
  plot.addEventListener('pointerdown', at);
  plot.addEventListener('pointerleave', hide);
  plot.addEventListener('blur', hide);
  plot.addEventListener('keydown', event => {
    if (event.key === 'ArrowLeft') show(index - 1);
    else if (event.key === 'ArrowRight') show(index + 1);
    else return;
    event.preventDefault();
  });
});

document.querySelectorAll('svg[data-map]').forEach(field => {
  const map = maps[Number(field.dataset.map)];
  const box = field.parentElement, tip = box.querySelector('.tip');
  const rows = Math.ceil(map.cells.length / map.columns);
  const show = event => {
    const area = field.getBoundingClientRect();
    const x = Math.floor((event.clientX - area.left) / area.width * map.columns);
    const y = Math.floor((event.clientY - area.top) / area.height * rows);
    const number = y * map.columns + x, cell = map.cells[number];
    if (!cell || x < 0 || x >= map.columns) { box.classList.remove('on'); return; }
    const first = number * map.cells[0][0];
    const [blocks, mapped, shared, owner] = cell;
    placeTip(tip, ['blocks ' + exact.format(first) + ' to ' + exact.format(first + blocks - 1),
      mapped ? exact.format(mapped) + ' of ' + exact.format(blocks) +
                 ' in use, mostly by ' + (map.names[owner] || 'device ' + owner)
             : 'free',
      exact.format(shared) + ' shared'], x / map.columns * 100, false);
    tip.style.top = Math.max(0, (event.clientY - area.top) - 80) + 'px';
    box.classList.add('on');
  };
  box.addEventListener('pointermove', show);
  box.addEventListener('pointerdown', show);
  box.addEventListener('pointerleave', () => box.classList.remove('on'));
});
)js";

}  // namespace thin_tools::page
