// The rules: the choices of the page's head, and the page of each.
import { byId, make, written } from "./dom.js";

/** Fill the lists to choose from. */
export function fillChoices(rules) {
  const option = (rule) => make("option", { value: rule.code, textContent: `${rule.code} ${rule.name}` });
  byId("example").append(...rules.filter(({ examples }) => examples.length).map(option));
  byId("select").append(make("optgroup", { label: "only" }, ...rules.map(option)));
}

/** Show what settings say; several rules at once become a choice of their own. */
export function showSettings({ select, version, isComplete }) {
  const choice = byId("select");
  const value = select.join(" ");
  if (![...choice.options].some((one) => one.value === value)) {
    choice.prepend(make("option", { value, textContent: `only ${select.join(", ")}` }));
  }
  choice.value = value;
  const versions = byId("version");
  if (![...versions.options].some((one) => one.value === version)) versions.append(make("option", { value: version, textContent: version }));
  versions.value = version;
  byId("complete").checked = isComplete;
}

/** Show the page of a rule. */
export function showRule(rule) {
  const { code, name, page } = rule;
  byId("rule").replaceChildren(make("h2", {}, `${code} `, make("span", {}, name)), written(page));
  // What is wider than the page is scrolled by keys, too.
  for (const wide of byId("rule").querySelectorAll("pre, table")) wide.tabIndex = 0;
}
