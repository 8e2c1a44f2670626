// What was found, as a list, a timeline and a diff.
import { byId, drawing, make } from "./dom.js";

const WORDS = { error: "error", warning: "warning", info: "note" };

/** List the findings of all files; `on` has what its buttons do. */
export function listFindings(files, shown, on) {
  const list = byId("findings");
  const all = Object.entries(files).flatMap(([name, { findings }]) => findings.map((one, number) => ({ name, number, one })));
  all.sort((a, b) => Number(b.name === shown) - Number(a.name === shown));
  const items = all.map((found) => item(found, shown, on));
  for (const [name, { error, skipped }] of Object.entries(files)) {
    if (error || skipped) items.push(make("li", { className: "finding aside" }, make("p", {}, `${name}: ${error || `skipped, ${skipped}`}`)));
  }
  if (!items.length) items.push(make("li", { className: "nothing" }, nothing(files)));
  list.replaceChildren(...items);
  byId("count").textContent = String(all.length);
  byId("count").className = `badge ${worst(all)}`;
  const here = all.filter(({ name }) => name === shown).map(({ one }) => one);
  showRepairs(here.filter(({ fix }) => fix && !fix.refused), on);
}

function nothing(files) {
  const workloads = Object.values(files).reduce((sum, one) => sum + one.workloads, 0);
  return workloads ? "No findings in these files." : "No findings: there are no pods in these files.";
}

function worst(all) {
  return ["error", "warning", "info"].find((severity) => all.some(({ one }) => one.severity === severity)) ?? "good";
}

function item({ name, number, one }, shown, on) {
  const place = (at) => {
    const where = at.file === shown ? `line ${at.line}` : `${at.file}, line ${at.line}`;
    if (!at.line) return make("span", { className: "place" }, at.file);
    return make("button", { type: "button", className: "place", onclick: () => on.goTo(at.file, at) }, where);
  };
  const related = one.related.filter((at) => at.file || at.label);
  return make(
    "li",
    { className: `finding ${one.severity}` },
    make(
      "div",
      { className: "head" },
      make("span", { className: "severity" }, WORDS[one.severity]),
      make("button", { type: "button", className: "code", title: "Read the page of this rule", onclick: () => on.explain(one.code) }, `${one.code} ${one.name}`),
      place(one.at),
    ),
    make("p", { className: "message" }, one.message),
    related.length ? make("ul", { className: "related" }, ...related.map((at) => make("li", {}, place(at), at.label ? `: ${at.label}` : ""))) : null,
    repair(one, () => on.repair(name, number)),
  );
}

function repair({ fix, unfixed }, onclick) {
  if (!fix || fix.refused) {
    const why = fix ? `${fix.title}: not offered, because ${fix.refused}` : unfixed;
    return why ? make("p", { className: "unfixed" }, `No repair: ${why}.`.replace(/\.\.$/, ".")) : null;
  }
  const button = make("button", { type: "button", className: fix.isSafe ? "repair" : "repair unsafe", onclick }, fix.isSafe ? "Repair" : "Repair, unsafe");
  const why = fix.isSafe || !fix.unsafe ? "" : ` Unsafe: ${fix.unsafe}.`;
  return make("p", { className: "fix" }, button, make("span", {}, ` ${fix.title}.${why}`));
}

function showRepairs(fixable, on) {
  const safe = fixable.filter(({ fix }) => fix.isSafe).length;
  const [first, second] = [byId("fix-safe"), byId("fix-unsafe")];
  first.parentElement.hidden = !fixable.length;
  first.hidden = !safe;
  first.textContent = `Repair all that are safe (${safe})`;
  first.onclick = () => on.fix(false);
  second.hidden = safe === fixable.length;
  second.textContent = `Repair all, including unsafe (${fixable.length})`;
  second.onclick = () => on.fix(true);
}

/** Draw the timelines of the file that is shown. */
export function showTimeline(svg) {
  const shown = svg ? drawing(svg) : make("p", { className: "nothing" }, "No pods in this file.");
  byId("timeline").replaceChildren(shown);
}

/** Show a diff, each line by its sign. */
export function showDiff(diff) {
  const kinds = { "+": "added", "-": "removed", "@": "hunk" };
  const lines = diff.split("\n").slice(2, -1);
  byId("diff").replaceChildren(
    ...(lines.length ? lines.map((line) => make("span", { className: kinds[line[0]] ?? "" }, `${line}\n`)) : [make("span", {}, "Nothing to repair in this file.")]),
  );
  byId("diff-apply").disabled = !lines.length;
}
