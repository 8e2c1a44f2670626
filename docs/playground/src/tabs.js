// A list of tabs as ARIA describes it: one is in the order of focus, arrows go from one to the next.

/** Keys and clicks choose tabs; `choose` is told the chosen element. */
export function asTabs(list, choose) {
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    const tabs = [...list.querySelectorAll("[role=tab]")];
    const at = tabs.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = tabs[(to + tabs.length) % tabs.length];
    choose(next);
    const shown = list.querySelector("[role=tab][aria-selected=true]");
    shown?.focus();
  });
}

/** Show which of the tabs is chosen. */
export function showChosen(list, chosen) {
  for (const tab of list.querySelectorAll("[role=tab]")) {
    const isChosen = tab === chosen;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    const panel = tab.getAttribute("aria-controls");
    if (panel && tab.dataset.keeps === undefined) document.getElementById(panel).hidden = !isChosen;
  }
}
