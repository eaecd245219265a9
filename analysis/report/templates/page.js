"use strict";
const all = (what, from = document) => [...from.querySelectorAll(what)];
const make = (name, parts, into) => into.appendChild(Object.assign(document.createElement(name), parts));
const save = (name, href) => make("a", { download: name, href }, document.body).click();
const narrow = matchMedia("(max-width: 640px)");

// Contents are folded where they would push the answer off the screen.
if (matchMedia("(max-width: 79.99rem)").matches) all(".contents details").forEach(d => d.open = false);

// What is folded is printed all the same.
let folded = [];
addEventListener("beforeprint", () => {
  folded = all("details:not([open])");
  folded.forEach(d => d.open = true);
});
addEventListener("afterprint", () => folded.forEach(d => d.open = false));

// On a phone a row of a table is a card, so each cell says of which column it is.
for (const table of all("main table")) {
  const heads = all("thead th", table).map(h => h.textContent);
  for (const row of all("tbody tr", table))
    [...row.cells].forEach((cell, i) => {
      if (i && heads[i]) cell.dataset.label = heads[i];
      if (/interval|verdict|result|state/i.test(heads[i])) cell.classList.add("first");
    });
}

// Buttons that copy the text beside them.
for (const button of all("button.copy")) {
  button.hidden = false;
  button.onclick = async () => {
    const text = button.previousElementSibling.textContent.trim();
    try { await navigator.clipboard.writeText(text); } catch { return; }
    button.textContent = "Copied";
  };
}

const asImage = svg => "data:image/svg+xml," + encodeURIComponent(svg);
// A picture as it lies packed in the page.
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const svg = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return asImage(await new Response(svg).text());
}

// Under each figure: the picture and its numbers, to take away.
const pdf = document.querySelector("a[href='report.pdf']");
all("main figure").forEach((figure, i) => {
  const image = figure.querySelector("img");
  if (!image) return;
  const name = document.body.dataset.name + (i ? `-${i + 1}` : "");
  const kit = make("p", { className: "kit", textContent: "Download: " }, figure);
  const button = (label, onclick) => make("button", { textContent: label, onclick }, kit);
  // For a white page: without the colours of a dark one.
  const light = () =>
    asImage(decodeURIComponent(image.src.replace(/^.*?,/, "")).replace(/<style>@media.*?<\/style>/, ""));
  button("PNG", () => {
    const white = new Image();
    white.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = 1920;
      canvas.height = 1920 * white.height / white.width;
      canvas.getContext("2d").drawImage(white, 0, 0, canvas.width, canvas.height);
      save(`${name}.png`, canvas.toDataURL());
    };
    white.src = light();
  });
  button("SVG", () => save(`${name}.svg`, light()));
  // The PDF that was made with the page; where there is none, the reader's own printer makes one.
  if (pdf) make("a", { href: pdf.href, textContent: "PDF of the page" }, kit);
  else button("Print to PDF", () => print());
  const csv = figure.dataset.csv;
  if (csv) {
    button("Numbers (CSV)", () => save(`${name}.csv`, "data:text/csv;charset=utf-8," + encodeURIComponent(csv)));
    read(figure, csv);
  }
  if (figure.dataset.log) {
    const source = figure.querySelector("source"), straight = [image.src, source.srcset];
    const ratios = Promise.all([figure.dataset.log, figure.dataset.narrowLog].map(unpacked));
    make("span", { textContent: " Show: " }, kit);
    const turn = button("Ratio (log) axis", async () => {
      const on = turn.getAttribute("aria-pressed") !== "true";
      [image.src, source.srcset] = on ? await ratios : straight;
      turn.setAttribute("aria-pressed", on);
    });
    turn.setAttribute("aria-pressed", false);
  }
});

// Values on hover, on touch and by the arrow keys.
function read(figure, csv) {
  const cells = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g;
  const [heads, ...rows] = csv.trim().split("\n").map(line =>
    [...line.matchAll(cells)].map(m => m[1] === undefined ? m[2] : m[1].replaceAll('""', '"')));
  const frame = make("div", { className: "frame" }, figure);
  figure.prepend(frame);
  frame.append(figure.querySelector("picture"));
  const reader = make("div", { className: "reader", tabIndex: 0, role: "slider" }, frame);
  const mark = make("i", {}, reader), box = make("output", {}, reader);
  // Where each row lies: [across, down] as shares of the frame; NaN where that does not matter.
  const places = text => text.split(" ").map(place => place.split(":").map(share => share ? +share : NaN));
  const both = [places(figure.dataset.wide), places(figure.dataset.narrow)];
  const now = () => both[+narrow.matches];
  const told = text => isNaN(text) ? text : Number(text).toLocaleString("en", { maximumSignificantDigits: 4 });
  let at = rows.length - 1;
  const show = i => {
    at = Math.max(0, Math.min(rows.length - 1, i));
    const [x, y] = now()[at];
    const parts = heads.slice(1).map((h, j) => rows[at][j + 1] && `${h}: ${told(rows[at][j + 1])}`).filter(Boolean);
    mark.className = isNaN(y) ? "across" : isNaN(x) ? "down" : "point";
    mark.style.cssText = (isNaN(x) ? "" : `left: ${100 * x}%;`) + (isNaN(y) ? "" : `top: ${100 * y}%`);
    box.style.cssText = (x > 0.5 ? `right: ${100 - 100 * x}%;` : `left: ${100 * (x || 0)}%;`) +
      (y > 0.5 ? `bottom: ${101 - 100 * y}%` : `top: ${100 * y + 1 || 4}%`);
    box.textContent = [rows[at][0], ...parts].join("\n");
    reader.setAttribute("aria-valuenow", at);
    reader.setAttribute("aria-valuetext", [rows[at][0], ...parts].join("; "));
  };
  reader.setAttribute("aria-label", "Values of the figure, by arrow keys");
  reader.setAttribute("aria-valuemin", 0);
  reader.setAttribute("aria-valuemax", rows.length - 1);
  show(at);
  reader.onpointermove = event => {
    const around = frame.getBoundingClientRect();
    const across = (event.clientX - around.left) / around.width, down = (event.clientY - around.top) / around.height;
    const apart = now().map(([x, y]) => Math.hypot((x - across || 0) * around.width, (y - down || 0) * around.height));
    show(apart.indexOf(Math.min(...apart)));
  };
  reader.onpointerdown = reader.onpointermove;
  reader.onkeydown = event => {
    const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, Home: 0, End: rows.length }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(to);
  };
}
