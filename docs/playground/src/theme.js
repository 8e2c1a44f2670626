// Light, dark, or as the system is; the choice is kept where that is allowed.
import { byId } from "./dom.js";

const CHOICES = { system: ["light", "◐ system"], light: ["dark", "☀ light"], dark: ["system", "☾ dark"] };
const system = matchMedia("(prefers-color-scheme: dark)");
let chosen = "system";

export function startTheme() {
  try {
    chosen = localStorage.getItem("theme") ?? chosen;
  } catch {
    // Storage is forbidden: the choice lasts as long as the page.
  }
  if (!(chosen in CHOICES)) chosen = "system";
  system.addEventListener("change", show);
  byId("theme").onclick = () => {
    [chosen] = CHOICES[chosen];
    try {
      localStorage.setItem("theme", chosen);
    } catch {
      // As above.
    }
    show();
  };
  show();
}

function show() {
  const isDark = chosen === "dark" || (chosen === "system" && system.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  const [, label] = CHOICES[chosen];
  const [sign, word] = label.split(" ");
  byId("theme").textContent = sign;
  byId("theme").setAttribute("aria-label", `Theme: ${word}`);
  byId("theme").title = `Theme: ${word}`;
}
