"use strict";

const form = document.querySelector("form");
const { words, short, sort, quiet, count } = form.elements;
const list = document.getElementById("cards");

// What is chosen of a pod, and of a finding in it.
const OF_POD = {
  folder: (data, wanted) => data.path.startsWith(`${wanted}/`),
  namespace: (data, wanted) => data.namespace === wanted,
};
const OF_FINDING = {
  severity: (data, wanted) => data.severity === wanted,
  rule: (data, wanted) => data.rule === wanted,
  owner: (data, wanted) => data.owners.split(" ").includes(wanted),
};
const CHOICES = [...Object.keys(OF_POD), ...Object.keys(OF_FINDING)].filter((name) => form.elements[name]);
const ORDERS = {
  path: () => 0,
  short: (one, other) => other.short - one.short || other.level - one.level,
  severity: (one, other) => other.level - one.level || other.short - one.short,
};

const pods = [...list.children].map((element, index) => ({
  element,
  index,
  short: Number(element.dataset.short ?? 0),
  level: Number(element.dataset.level ?? 0),
  search: element.dataset.search,
  findings: [...element.querySelectorAll(".finding")].map((finding) => ({
    element: finding,
    search: `${element.dataset.search} ${finding.textContent.toLowerCase()}`,
  })),
}));
const isReport = pods.some((pod) => pod.findings.length);

const chosen = (rules, data) =>
  Object.entries(rules).every(([name, fits]) => !form.elements[name]?.value || fits(data, form.elements[name].value));

function show() {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  const says = (text) => wanted.every((word) => text.includes(word));
  const isAboutFindings = Object.keys(OF_FINDING).some((name) => form.elements[name]?.value);
  let shown = 0;
  let all = 0;
  for (const pod of pods) {
    const fits = chosen(OF_POD, pod.element.dataset) && !(short.checked && pod.short === 0);
    let seen = 0;
    for (const finding of pod.findings) {
      const isSeen = fits && says(finding.search) && chosen(OF_FINDING, finding.element.dataset);
      finding.element.hidden = !isSeen;
      seen += isSeen ? 1 : 0;
    }
    const isQuiet = pod.findings.length === 0;
    const isShownQuiet = isQuiet && fits && says(pod.search) && !isAboutFindings && (!isReport || quiet?.checked);
    pod.element.hidden = !seen && !isShownQuiet;
    shown += isReport ? seen : Number(!pod.element.hidden);
    all += isReport ? pod.findings.length : 1;
  }
  count.value = `${shown} of ${all} ${count.dataset.unit ?? ""}`.trim();
  document.getElementById("none").hidden = pods.some((pod) => !pod.element.hidden);
}

let order = "";
function arrange() {
  if (order === sort.value) return;
  order = sort.value;
  const sorted = [...pods].sort((one, other) => ORDERS[order](one, other) || one.index - other.index);
  list.append(...sorted.map((pod) => pod.element));
}

// The address keeps what is chosen, so that a link can carry it.
function remember() {
  const state = new URLSearchParams();
  if (words.value) state.set("filter", words.value);
  for (const name of CHOICES) if (form.elements[name].value) state.set(name, form.elements[name].value);
  if (sort.selectedIndex > 0) state.set("sort", sort.value);
  for (const box of [short, quiet]) if (box?.checked) state.set(box.name, "");
  history.replaceState(null, "", `#${state}`);
}

function recall() {
  const state = new URLSearchParams(location.hash.slice(1));
  words.value = state.get("filter") ?? "";
  for (const name of [...CHOICES, "sort"]) choose(form.elements[name], state.get(name));
  for (const box of [short, quiet]) if (box) box.checked = state.has(box.name);
  update();
}

function choose(field, value) {
  const index = [...field.options].findIndex((option) => option.value === value);
  field.selectedIndex = Math.max(index, 0);
}

function update() {
  arrange();
  show();
}

form.addEventListener("input", () => { update(); remember(); });
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", recall);
addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest?.("input, select")) {
    event.preventDefault();
    words.focus();
  } else if (event.key === "Escape" && document.activeElement === words) {
    words.value = "";
    show();
    remember();
  }
});

// What is wider than a small screen is reached by keys as well.
const narrow = matchMedia("(max-width: 980px)");
function reach() {
  for (const wide of document.querySelectorAll(".scroll")) {
    if (narrow.matches) wide.tabIndex = 0;
    else wide.removeAttribute("tabindex");
  }
}
narrow.addEventListener("change", reach);
reach();

// Paper shows what is folded.
const folded = new Set();
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details:not([open])")) {
    folded.add(part);
    part.open = true;
  }
});
addEventListener("afterprint", () => {
  for (const part of folded) part.open = false;
  folded.clear();
});

form.hidden = false;
recall();
