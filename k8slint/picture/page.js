"use strict";

const form = document.querySelector("form");
const words = form.elements.words;
const short = form.elements.short;
const pods = [...document.querySelectorAll("article")];

function show() {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const pod of pods) {
    const fits = wanted.every((word) => pod.dataset.search.includes(word));
    pod.hidden = !fits || (short.checked && !("short" in pod.dataset));
    shown += pod.hidden ? 0 : 1;
  }
  form.elements.count.value = `${shown} of ${pods.length}`;
  document.getElementById("none").hidden = shown > 0;
}

// The address keeps the filter, so that a link can carry it.
function remember() {
  const state = new URLSearchParams();
  if (words.value) state.set("filter", words.value);
  if (short.checked) state.set("short", "");
  history.replaceState(null, "", `#${state}`);
}

function recall() {
  const state = new URLSearchParams(location.hash.slice(1));
  words.value = state.get("filter") ?? "";
  short.checked = state.has("short");
  show();
}

form.addEventListener("input", () => { show(); remember(); });
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", recall);
addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== words) {
    event.preventDefault();
    words.focus();
  } else if (event.key === "Escape" && document.activeElement === words) {
    words.value = "";
    show();
    remember();
  }
});
form.hidden = false;
recall();
