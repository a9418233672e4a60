// Draws the large chart of the Explorer with uPlot; without it the picture from the server stays.
(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const day = (seconds) => new Date(seconds * 1000).toISOString().slice(5, 10);

  const charts = new Map();
  const height = 320;

  function draw(place) {
    const data = JSON.parse(place.dataset.chart);
    const options = {
      width: place.clientWidth,
      height,
      cursor: { y: false },
      scales: { x: { time: true }, y: { range: (_, low, high) => [0, Math.max(1, high * 1.05)] } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      axes: [
        { stroke: colour("--dim"), grid: { stroke: colour("--rule") }, space: 70, values: (_, ticks) => ticks.map(day) },
        { stroke: colour("--dim"), grid: { stroke: colour("--rule") }, size: 70 },
      ],
      series: [
        { label: "day", value: "{YYYY}-{MM}-{DD}" },
        { label: "final", stroke: colour("--bar-strong"), fill: colour("--band"), width: 2, points: { show: false } },
        { label: "provisional", stroke: colour("--bar-strong"), dash: [3, 3], width: 2, points: { show: false } },
        { label: "amended", stroke: colour("--info"), paths: () => null, points: { show: true, size: 9, fill: colour("--info") } },
        { label: place.dataset.against, stroke: colour("--expected"), dash: [5, 4], width: 1.5, points: { show: false } },
      ],
    };
    const rows = [data.x, data.now, data.provisional, data.amended, data.before];
    place.replaceChildren();
    charts.set(place, new uPlot(options, rows, place));
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (typeof uPlot === "undefined") return;
    const all = () => document.querySelectorAll("[data-chart]").forEach(draw);
    all();
    if (charts.size) document.getElementById("key").hidden = true; // the chart has its own, with values
    for (const place of charts.keys()) {
      new ResizeObserver(() => charts.get(place).setSize({ width: place.clientWidth, height })).observe(place);
    }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all); // its colours are drawn in
  });
})();
