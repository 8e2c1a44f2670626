// The files and their tabs; the texts are those of the editor's states.
import { ask, tell } from "./dialogs.js";
import { byId, make } from "./dom.js";
import { MOST_FILES, NAME } from "./link.js";
import { asTabs, showChosen } from "./tabs.js";

export class Files {
  /** `onShown` is called when another file is shown, `onChange` when files come, go or are renamed. */
  constructor(editor, { onShown, onChange }) {
    Object.assign(this, { editor, onShown, onChange, states: new Map(), shown: "" });
    this.list = byId("files");
    asTabs(this.list, (tab) => this.show(tab.textContent));
    byId("add").onclick = () => this.add();
    byId("rename").onclick = () => this.rename();
    byId("close").onclick = () => this.close();
    this.list.addEventListener("dblclick", () => this.rename());
    this.list.addEventListener("keydown", (event) => event.key === "F2" && this.rename());
  }

  /** All texts by name. */
  get texts() {
    this.keep();
    return Object.fromEntries([...this.states].map(([name, state]) => [name, state.doc.toString()]));
  }

  /** Take other files in place of these. */
  open(texts) {
    this.states = new Map(Object.entries(texts).map(([name, text]) => [name, this.editor.stateOf(text)]));
    this.shown = "";
    this.show([...this.states.keys()][0]);
  }

  keep() {
    if (this.states.has(this.shown)) this.states.set(this.shown, this.editor.state);
  }

  show(name) {
    if (name === this.shown) return;
    this.keep();
    this.shown = name;
    this.editor.state = this.states.get(name);
    this.draw();
    this.onShown();
  }

  draw() {
    const tabs = [...this.states.keys()].map((name) =>
      make("button", { type: "button", role: "tab", id: `file-${name}`, "aria-controls": "editor", textContent: name, title: name }),
    );
    for (const tab of tabs) tab.dataset.keeps = "";
    this.list.replaceChildren(...tabs);
    const shown = tabs.find((tab) => tab.textContent === this.shown);
    showChosen(this.list, shown);
    shown?.scrollIntoView({ block: "nearest", inline: "nearest" });
    byId("editor").setAttribute("aria-labelledby", `file-${this.shown}`);
    byId("close").disabled = this.states.size < 2;
    byId("add").disabled = this.states.size >= MOST_FILES;
  }

  async add() {
    let number = this.states.size + 1;
    while (this.states.has(`file-${number}.yaml`)) number += 1;
    const name = await this.askName("Add a file", `file-${number}.yaml`);
    if (!name) return;
    this.states.set(name, this.editor.stateOf(""));
    this.onChange();
    this.show(name);
    this.editor.view.focus();
  }

  async rename() {
    const name = await this.askName(`Rename ${this.shown}`, this.shown);
    if (!name || name === this.shown) return;
    this.keep();
    this.states = new Map([...this.states].map(([old, state]) => [old === this.shown ? name : old, state]));
    this.shown = name;
    this.draw();
    this.onChange();
  }

  async close() {
    if (this.states.size < 2) return;
    if (this.editor.text.trim() && !(await tell(`Close ${this.shown}?`, "Its text is lost.", ["Close it", "Keep it"]))) return;
    const names = [...this.states.keys()];
    const at = names.indexOf(this.shown);
    this.states.delete(this.shown);
    this.show(names[at + 1] ?? names[at - 1]);
    this.onChange();
  }

  askName(title, value) {
    const why = (name) => {
      if (!NAME.test(name)) return "A name such as web.yaml: letters, digits, . _ -, and .yaml, .yml or .json at its end.";
      return name !== this.shown && this.states.has(name) ? "There is a file of that name." : "";
    };
    return ask(title, "Name", value, why);
  }
}
