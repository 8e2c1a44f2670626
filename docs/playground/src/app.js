// The page: what is typed is checked, what is found is shown, what is chosen is done.
import { Engine } from "./client.js";
import { tell } from "./dialogs.js";
import { byId, make } from "./dom.js";
import { Editor } from "./editor.js";
import { Files } from "./files.js";
import { BadLink, checked, checkedSettings, fromFragment, toFragment } from "./link.js";
import { listFindings, showDiff, showTimeline } from "./results.js";
import { fillChoices, showRule, showSettings } from "./rules.js";
import { asTabs, showChosen } from "./tabs.js";
import { startTheme } from "./theme.js";

const PAUSE = 120; // Milliseconds without a key before a text is checked.
const DRAFT = "draft";

class Page {
  constructor({ sample, rules }) {
    this.rules = rules;
    this.sample = sample;
    this.settings = checkedSettings({});
    this.found = {};
    this.version = 0; // Counts changes of texts and settings: an answer to an older one is dropped.
    this.checked = -1;
    this.editor = new Editor(byId("editor"), { onChange: () => this.changed(true), keys: this.keys() });
    this.files = new Files(this.editor, { onShown: () => this.shown(), onChange: () => this.changed(true) });
    this.engine = new Engine({
      onStage: (stage) => status(`${stage} …`),
      onSlow: (isSlow) => (byId("restart").hidden = !isSlow),
      onFailure: (why) => this.failed(why),
    });
    fillChoices(rules);
    this.listen();
  }

  keys() {
    const run = (what) => () => (what(), true);
    return [
      { key: "Mod-.", run: run(() => this.repairHere()) },
      { key: "Mod-Enter", run: run(() => this.fix(false)) },
      { key: "Mod-s", run: run(() => this.share()), preventDefault: true },
      { key: "F1", run: run(() => help()) },
    ];
  }

  listen() {
    asTabs(byId("panels"), (tab) => this.choose(tab.id));
    byId("share").onclick = () => this.share();
    byId("help").onclick = () => help();
    byId("restart").onclick = () => this.restart();
    byId("diff-unsafe").onchange = () => this.compare();
    byId("diff-apply").onclick = () => this.fix(byId("diff-unsafe").checked);
    byId("example").onchange = ({ target }) => {
      if (target.value) location.hash = `example=${target.value}/bad`;
    };
    byId("version").onchange = ({ target }) => this.set({ version: target.value });
    byId("complete").onchange = ({ target }) => this.set({ isComplete: target.checked });
    byId("select").onchange = ({ target }) => this.set({ select: target.value.split(" ") });
    addEventListener("hashchange", () => this.follow());
    new ResizeObserver(() => this.resized()).observe(byId("timeline"));
    addEventListener("pagehide", () => this.keepDraft());
  }

  // Texts

  /** Open what the address names, or what was here before a reload, or a sample. */
  async start() {
    const kept = draft();
    if (await this.follow(kept?.isTouched ? kept : null)) return;
    this.open(kept ?? { files: { "shop.yaml": this.sample }, settings: {} });
  }

  /** Open what the address names, and offer the way back to the visitor's own text, `own`. */
  async follow(own = this.isTouched ? { ...this.content, isTouched: true } : null) {
    const fragment = location.hash.slice(1);
    if (!fragment) return false;
    try {
      const told = await fromFragment(fragment, this.rules);
      if (fragment !== location.hash.slice(1)) return true; // Another was followed since.
      const before = own && !isSame(own.files, told.files) ? own : null;
      this.open(told);
      note([...special(told.settings ?? {}), ...(before ? ["Opened in place of your text."] : [])].join(" "), before ? [["Back to my text", () => this.open(before)]] : []);
      if (told.code) this.explain(told.code, false);
      byId("example").value = told.code ?? "";
      return true;
    } catch (error) {
      if (!(error instanceof BadLink)) throw error;
      note(error.message);
      return false;
    }
  }

  get content() {
    return { files: this.files.texts, settings: this.settings };
  }

  open({ files, settings, isTouched = false }) {
    this.settings = checkedSettings(settings ?? {});
    showSettings(this.settings);
    this.changed(false);
    this.files.open(files);
    this.isTouched = isTouched;
    note("");
  }

  set(some) {
    this.settings = { ...this.settings, gates: [], options: [], ...some };
    showSettings(this.settings);
    this.changed(false);
  }

  /** Keep the text for a reload; what a link holds is in its address, and takes the place of none. */
  keepDraft() {
    if (location.hash && !this.isTouched) return;
    try {
      sessionStorage.setItem(DRAFT, JSON.stringify({ ...this.content, isTouched: this.isTouched }));
    } catch {
      // Storage is full or forbidden: a reload starts anew.
    }
  }

  // Checking

  changed(isTyped) {
    this.version += 1;
    document.documentElement.dataset.state = "stale";
    if (isTyped) {
      this.isTouched = true;
      byId("example").value = ""; // So that the same one can be chosen again.
      if (location.hash) history.replaceState(null, "", location.pathname + location.search);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), this.checked < 0 ? 0 : PAUSE);
  }

  /** Check the newest texts, once no check is under way. */
  async check() {
    if (this.isChecking) return;
    this.isChecking = true;
    while (this.checked !== this.version) {
      const version = this.version;
      try {
        const { files, took } = await this.engine.ask({ do: "check", ...this.content });
        this.checked = version;
        if (version === this.version) this.take(files, took);
      } catch (error) {
        this.checked = version;
        if (version === this.version) status(error.message, true);
      }
      if (version === this.version) await this.show();
    }
    this.isChecking = false;
  }

  take(files, took) {
    this.found = files;
    this.list();
    const count = Object.values(files).reduce((sum, { findings }) => sum + findings.length, 0);
    status(`${count === 1 ? "1 finding" : `${count} findings`}, checked in ${Math.max(1, Math.round(took))} ms`);
  }

  list() {
    listFindings(this.found, this.files.shown, {
      goTo: (name, at) => this.goTo(name, at),
      explain: (code) => this.explain(code),
      repair: (name, number) => this.repair(name, number),
      fix: (unsafe) => this.fix(unsafe),
    });
    const findings = this.found[this.files.shown]?.findings ?? [];
    this.editor.mark(findings, (one) =>
      one.fix && !one.fix.refused
        ? [{ name: one.fix.isSafe ? "Repair" : "Repair, unsafe", apply: () => this.repair(this.files.shown, findings.indexOf(one)) }]
        : [],
    );
  }

  shown() {
    if (this.checked === this.version) {
      this.list();
      this.show();
    }
  }

  /** Draw anew where there is more or less room than for the drawing that is shown. */
  resized() {
    const drawn = byId("timeline").querySelector("svg");
    if (!drawn || Number(drawn.getAttribute("width")) === room()) return;
    clearTimeout(this.resizing);
    this.resizing = setTimeout(() => this.checked === this.version && this.show(), PAUSE);
  }

  /** Draw the timeline and the diff of the file that is shown. */
  async show() {
    const { version } = this;
    const name = this.files.shown;
    try {
      const { svg } = await this.engine.ask({ do: "draw", name, width: room() });
      if (version !== this.version || name !== this.files.shown) return;
      showTimeline(svg);
    } catch (error) {
      status(error.message, true);
    }
    await this.compare();
    if (version === this.version) document.documentElement.dataset.state = "shown";
  }

  async compare() {
    if (byId("panel-diff").hidden) return;
    const { version } = this;
    const name = this.files.shown;
    try {
      const { diff } = await this.engine.ask({ do: "fix", name, unsafe: byId("diff-unsafe").checked });
      if (version === this.version && name === this.files.shown) showDiff(diff);
    } catch (error) {
      if (version === this.version) note(`Not repaired: ${error.message}`);
    }
  }

  failed(why) {
    console.error(why);
    status(`k8slint has stopped: ${why}`, true);
    byId("restart").hidden = false;
  }

  restart() {
    byId("restart").hidden = true;
    this.engine.start();
    this.isChecking = false;
    this.checked = -1;
    this.version += 1;
    this.check();
  }

  // What is chosen

  choose(id) {
    showChosen(byId("panels"), byId(id));
    if (id === "tab-diff") this.compare();
  }

  explain(code, isChosen = true) {
    const rule = this.rules.find((one) => one.code === code);
    if (!rule) return;
    showRule(rule);
    if (isChosen) this.choose("tab-rule");
  }

  goTo(name, at) {
    if (name in this.files.texts) {
      this.files.show(name);
      this.editor.goTo(at);
    }
  }

  repairHere() {
    const findings = this.found[this.files.shown]?.findings ?? [];
    const here = findings.findIndex(({ at, fix }) => fix && !fix.refused && at.line <= this.editor.line && this.editor.line <= at.endLine);
    if (here >= 0) this.repair(this.files.shown, here);
    else note("There is nothing to repair on this line. F8 goes to the next finding.");
  }

  async repair(name, number) {
    if (this.checked !== this.version) return note("The text is being checked: try again in a moment.");
    this.files.show(name);
    await this.put({ do: "repair", name, number });
  }

  async fix(unsafe) {
    if (this.checked !== this.version) return note("The text is being checked: try again in a moment.");
    await this.put({ do: "fix", name: this.files.shown, unsafe });
  }

  /** Put the text of an answer into the editor, unless it has changed since. */
  async put(request) {
    const { version } = this;
    try {
      const { text } = await this.engine.ask(request);
      if (version !== this.version || request.name !== this.files.shown) return;
      if (text === this.editor.text) return note("Nothing was changed: no finding in this file has a safe repair.");
      this.editor.replace(text);
      note("Repaired. Ctrl Z undoes it.");
    } catch (error) {
      note(`Not repaired: ${error.message}`);
    }
  }

  async share() {
    try {
      const fragment = await toFragment(this.content);
      history.replaceState(null, "", `#${fragment}`);
    } catch (error) {
      note(error.message);
      return;
    }
    const { href } = location;
    const link = make("input", { id: "link", readOnly: true, value: href, "aria-label": "Link" });
    let copied = "Copy it from the field below.";
    try {
      await navigator.clipboard.writeText(href);
      copied = "It has been copied to the clipboard.";
    } catch {
      // The clipboard is forbidden: the field is there to copy from.
    }
    await tell("A link to this text", make("div", {}, make("p", {}, `${copied} The text is behind the #, which browsers do not send.`), link));
  }
}

/** What an example is shown with that the lists above do not say. */
function special({ gates = [], options = [] }) {
  const said = [...gates.map((gate) => `the feature gate ${gate}`), ...options.map(([code, name, value]) => `${name} = ${value} of ${code}`)];
  return said.length ? [`With ${said.join(", ")}.`] : [];
}

/** The width of a timeline, in pixels. */
function room() {
  const { clientWidth } = byId("timeline");
  return Math.min(Math.max(clientWidth - 8, 320), 1_000);
}

function draft() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(DRAFT));
    return { ...checked(kept), isTouched: kept.isTouched === true };
  } catch {
    return null;
  }
}

function isSame(files, others) {
  return JSON.stringify(files) === JSON.stringify(others);
}

function status(text, isBad = false) {
  byId("status").textContent = text;
  byId("status").className = isBad ? "bad" : "";
}

function note(text, actions = []) {
  byId("note").hidden = !text;
  byId("note").replaceChildren(text, ...actions.map(([textContent, onclick]) => make("button", { type: "button", textContent, onclick })));
}

function help() {
  const keys = [
    ["F8, Shift F8", "next or previous finding"],
    ["Ctrl .", "repair the finding on this line"],
    ["Ctrl Enter", "make all safe repairs in this file"],
    ["Ctrl Z", "undo"],
    ["Ctrl F", "find"],
    ["Ctrl S", "share"],
    ["Tab", "leave the editor"],
    ["F2", "on a tab: rename the file"],
    ["F1", "this list"],
  ];
  const row = ([key, what]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, what)];
  const about = "k8slint runs in this page, and your text is not sent anywhere. After the first visit the page works without a network.";
  return tell("Keyboard", make("div", {}, make("dl", { className: "keys" }, ...keys.flatMap(row)), make("p", {}, `On a Mac, use ⌘ for Ctrl. ${about}`)));
}

/** Wait a moment for the service worker, so that it keeps what is loaded from now on. */
async function startService() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("service.js");
    const isReady = navigator.serviceWorker.ready;
    await Promise.race([isReady, new Promise((resolve) => setTimeout(resolve, 1_500))]);
    isReady.then(({ active }) => active.postMessage("keep"));
  } catch {
    // A private window may forbid it: then nothing is kept.
  }
}

async function start() {
  startTheme();
  if (document.documentElement.dataset.state === "unfit") return; // old.js has said why.
  navigator.serviceWorker?.addEventListener("message", () => (document.documentElement.dataset.kept = ""));
  await startService();
  try {
    const response = await fetch(new URL("rules.json", import.meta.url));
    if (!response.ok) throw new Error(`rules.json: ${response.status} ${response.statusText}`);
    await new Page(await response.json()).start();
  } catch (error) {
    status("");
    note(`The playground could not be loaded (${error.message}). Reload the page to try again.`);
  }
}

await start();
