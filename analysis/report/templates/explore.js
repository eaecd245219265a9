"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const selects = data.choices.map(choice => document.getElementById("choice-" + choice.name));
const called = name => name === "outcome" ? "series" : name;
const text = (id, words) => { document.getElementById(id).textContent = words; };
const place = indices => data.choices.reduce((sum, choice, i) => sum * choice.values.length + indices[i], 0);
const now = () => selects.map(select => select.selectedIndex);
const choiceOf = name => data.choices.findIndex(choice => choice.name === name);

function valueOf(name) {
  const i = choiceOf(name);
  return i < 0 ? data.fixed[name] : data.choices[i].values[selects[i].selectedIndex].name;
}

function month(period) {
  const parts = /^(\d{4})-(\d\d)$/.exec(period);
  return parts ? new Date(parts[1], parts[2] - 1).toLocaleString("en", { month: "long", year: "numeric" }) : period;
}

function share(value) {
  if (value >= 900) return (1 + value / 100).toLocaleString("en", { maximumSignificantDigits: 3 }) + " times";
  if (value > -100 && value < -99.5) return "more than 99.5% below";
  return Math.abs(value).toLocaleString("en", { maximumFractionDigits: 0 }) + "% " + (value < 0 ? "below" : "above");
}

function told([middle, low, high]) {
  if (low === null || high === null) return [share(middle), "not identified"];
  const ends = [low, high].sort((a, b) => Math.abs(a) - Math.abs(b)).map(share);
  const plain = ends.every(end => /^\d+% below$/.test(end)) || ends.every(end => /^\d+% above$/.test(end));
  return [share(middle), (plain ? ends[0].split(" ")[0] : ends[0]) + " to " + ends[1]];
}

function current() {
  const i = choiceOf("outcome");
  const series = data.series[i < 0 ? 0 : selects[i].selectedIndex];
  const start = valueOf("start"), end = valueOf("end");
  const inside = series.periods.map(period =>
    (start === "None" || period.slice(0, start.length) >= start) && (end === "None" || period.slice(0, end.length) <= end));
  return { series, from: inside.indexOf(true), to: inside.lastIndexOf(true) };
}

/* Every estimate for the chosen series, lowest first, with which one is chosen. */
function family() {
  const chosen = now(), fixed = choiceOf("outcome"), found = [];
  const walk = (i, indices) => {
    if (i === data.choices.length) {
      const cell = data.cells[place(indices)];
      if (Array.isArray(cell) && cell[0] !== null) found.push({ cell, chosen: place(indices) === place(chosen) });
      return;
    }
    const all = i === fixed ? [chosen[i]] : data.choices[i].values.keys();
    for (const k of all) walk(i + 1, [...indices, k]);
  };
  walk(0, []);
  return found.sort((a, b) => a.cell[0] - b.cell[0]);
}

function shape(svg, name, attributes, words) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (words !== undefined) made.textContent = words;
  svg.append(made);
}

function canvas(id, label, height) {
  const svg = document.getElementById(id), width = Math.max(svg.parentElement.clientWidth, 260);
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-label", label);
  return [svg, width];
}

function ticks(low, high, most) {
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(k => k * power).find(size => size >= rough);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) found.push(at);
  return found;
}

function axis(svg, width, y, low, high, write) {
  for (const at of ticks(low, high, 5)) {
    shape(svg, "line", { class: "grid", x1: 56, x2: width, y1: y(at), y2: y(at) });
    shape(svg, "text", { x: 50, y: y(at) + 4, "text-anchor": "end" }, write(at));
  }
}

function drawPath(cell, words) {
  const { series, from, to } = current(), height = 300, last = to;
  const first = Math.max(0, Math.min(from, series.first - 1) - Math.round((to - from) / 4));
  const [svg, width] = canvas("path", `${series.name}, ${series.unit}, ${series.periods[first]} to ${series.periods[last]}. ${words}`, height);
  const after = [];
  for (let i = series.first; i <= to; i++) if (series.values[i] !== null) after.push(series.values[i]);
  const log = after.every(value => value > 0);
  const mean = log ? Math.exp(after.reduce((sum, v) => sum + Math.log(v), 0) / after.length) : after.reduce((sum, v) => sum + v, 0) / after.length;
  const expected = cell ? cell.map(value => value === null || value <= -100 ? null : mean / (1 + value / 100)) : [];
  const shown = series.values.slice(first, last + 1).filter(value => value !== null);
  const counted = Math.max(...shown), top = Math.max(counted, Math.min(Math.max(...expected.filter(v => v !== null), 0), 2.5 * counted)) * 1.05;
  const low = Math.min(0, ...shown);
  const x = i => 56 + (width - 64) * (i - first) / Math.max(last - first, 1), y = v => 272 - 260 * (Math.min(v, top) - low) / (top - low);
  axis(svg, width, y, low, top, at => at.toLocaleString("en"));
  if (cell && expected[1] !== null && expected[2] !== null) {
    const x1 = x(series.first - 0.5), ends = [y(expected[1]), y(expected[2])].sort((a, b) => a - b);
    shape(svg, "rect", { class: "band", x: x1, width: x(last + 0.3) - x1, y: ends[0], height: ends[1] - ends[0] });
    shape(svg, "line", { class: "middle", x1, x2: x(last + 0.3), y1: y(expected[0]), y2: y(expected[0]) });
  }
  shape(svg, "line", { class: "mark", x1: x(series.first - 0.5), x2: x(series.first - 0.5), y1: 8, y2: 272 });
  const line = (a, b) => {
    let path = "", down = false;
    for (let i = a; i <= b; i++) {
      if (series.values[i] === null) { down = false; continue; }
      path += `${down ? "L" : "M"}${x(i).toFixed(1)} ${y(series.values[i]).toFixed(1)}`;
      down = true;
    }
    return path;
  };
  shape(svg, "path", { class: "early", d: line(first, from) });
  shape(svg, "path", { class: "line", d: line(from, last) });
  let free = -Infinity;
  for (let i = first; i <= last; i++) {
    const year = series.periods[i].slice(0, 4);
    if (i > first && year !== series.periods[i - 1].slice(0, 4) && x(i) > free && x(i) < width - 36) {
      shape(svg, "text", { x: x(i), y: 292 }, year);
      free = x(i) + 44;
    }
  }
}

function drawAll(all, words) {
  const height = 240, [svg, width] = canvas("all", words, height);
  if (!all.length) return;
  const cut = value => Math.max(-100, Math.min(value ?? 0, 150));
  const high = Math.max(20, ...all.map(one => cut(one.cell[2])));
  const x = i => 62 + (width - 70) * (i + 0.5) / all.length, y = v => 230 - 222 * (cut(v) + 100) / (high + 100);
  axis(svg, width, y, -100, high, at => `${at > 0 ? "+" : ""}${at}%`.replace("-", "\u2212"));
  const bar = (one, i) => {
    if (one.cell[1] !== null) shape(svg, "line", { class: one.chosen ? "chosen" : "one", x1: x(i), x2: x(i), y1: y(one.cell[1]), y2: y(one.cell[2]) });
  };
  all.forEach(bar);
  all.forEach((one, i) => shape(svg, "line", { class: "line", x1: x(i) - 1, x2: x(i) + 1, y1: y(one.cell[0]), y2: y(one.cell[0]) }));
  all.forEach((one, i) => { if (one.chosen) { bar(one, i); shape(svg, "circle", { cx: x(i), cy: y(one.cell[0]), r: 5 }); } });
}

function summary(all) {
  if (!all.length) return "No combination of choices for this series can be estimated.";
  const clear = all.filter(one => one.cell[2] !== null && one.cell[2] < 0).length;
  const middle = all[Math.floor((all.length - 1) / 2)].cell[0];
  return `Of ${all.length} combinations for this series the middle one gives ${share(middle)}; in ${Math.round(100 * clear / all.length)}% of them the interval lies wholly below zero.`;
}

function refresh() {
  const cell = data.cells[place(now())], usable = Array.isArray(cell) && cell[0] !== null;
  const { series, to } = current(), all = family();
  let words = "No estimate: " + (Array.isArray(cell) ? "what was expected is not above zero." : data.reasons[cell]);
  if (usable) {
    const [middle, ends] = told(cell);
    words = `From ${month(series.periods[series.first])} to ${month(series.periods[to])}, ${series.name} ran ${middle} the path expected without ${data.called}, on average (${data.share} interval: ${ends}).`;
  }
  document.querySelector("#answer .headline").textContent = words;
  document.querySelector("#answer .small").textContent = summary(all);
  const parts = data.choices.map((choice, i) => choice.values[selects[i].selectedIndex].parts).filter(Boolean);
  text("command", [".venv/bin/python -m analysis render", data.command, ...parts].join(" "));
  text("copied", "");
  text("unit", series.unit);
  drawPath(usable ? cell : null, words);
  drawAll(all, summary(all));
}

function link() {
  const pairs = data.choices.map((choice, i) => [called(choice.name), selects[i].value]);
  return "#" + new URLSearchParams(pairs);
}

function follow() {
  const asked = new URLSearchParams(location.hash.slice(1));
  data.choices.forEach((choice, i) => {
    const at = choice.values.findIndex(value => value.name === asked.get(called(choice.name)));
    if (at >= 0) selects[i].selectedIndex = at;
  });
  refresh();
}

async function copy(words, said) {
  try {
    await navigator.clipboard.writeText(words);
    text("copied", said);
  } catch {
    text("copied", "Copying is not allowed here: " + words);
  }
}

for (const select of selects) select.addEventListener("change", () => {
  history.replaceState(null, "", link());
  refresh();
});
document.querySelector("form").addEventListener("submit", event => event.preventDefault());
document.getElementById("copy").addEventListener("click", () => copy(document.getElementById("command").textContent, "The command is copied."));
document.getElementById("link").addEventListener("click", () => copy(location.href.split("#")[0] + link(), "The link is copied."));
addEventListener("hashchange", follow);
addEventListener("resize", refresh);
follow();
