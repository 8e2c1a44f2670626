// The page's one dialog, which takes the focus and gives it back.
import { byId, make } from "./dom.js";

/** Show something; true if the first button was pressed. */
export function tell(title, body, buttons = ["Close"]) {
  return open(title, [typeof body === "string" ? make("p", {}, body) : body], buttons).then((pressed) => pressed === buttons[0]);
}

/** Ask for a text; null if none was given. `why` says what is wrong with one. */
export async function ask(title, label, value, why) {
  const input = make("input", { value, maxLength: 80, autocomplete: "off", spellcheck: false, id: "answer" });
  const wrong = make("p", { className: "wrong", role: "alert" });
  input.oninput = () => {
    input.setCustomValidity(why(input.value));
    wrong.textContent = why(input.value);
  };
  const pressed = await open(title, [make("label", {}, `${label} `, input), wrong], ["OK", "Cancel"], () => input.select());
  return pressed === "OK" ? input.value : null;
}

function open(title, body, buttons, then = () => {}) {
  const dialog = byId("dialog");
  byId("dialog-title").textContent = title;
  byId("dialog-body").replaceChildren(...body);
  byId("dialog-buttons").replaceChildren(
    ...buttons.map((text, index) =>
      make("button", { value: text, textContent: text, className: index ? "" : "primary", formNoValidate: index > 0 }),
    ),
  );
  dialog.returnValue = "";
  dialog.showModal();
  then();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
}
