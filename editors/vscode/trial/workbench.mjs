// VS Code's workbench, served by code-server and shown in a headless browser.
import { spawn } from "node:child_process";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { globSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import puppeteer from "puppeteer-core";

const SERVER = path.resolve("node_modules/code-server/out/node/entry.js");
const LISTENS = /HTTP server listening on (http:\/\/\S+)/;
const PATIENCE = { timeout: Number(process.env.PATIENCE_MS ?? 180_000) };
const THEMES = { dark: "Default Dark Modern", light: "Default Light Modern" };

export class Workbench {
  /** Start a workbench with the extension and nothing of the user's own. */
  static async start({ extension, program, theme, folder }) {
    const home = await mkdtemp(path.join(tmpdir(), "k8slint-vscode-"));
    await mkdir(path.join(home, "data/User"), { recursive: true });
    await mkdir(path.join(home, "data/Machine"), { recursive: true });
    const settings = {
      "workbench.colorTheme": THEMES[theme],
      "workbench.startupEditor": "none",
      "workbench.secondarySideBar.defaultVisibility": "hidden",
      "security.workspace.trust.enabled": false,
      "chat.disableAIFeatures": true,
      "telemetry.telemetryLevel": "off",
      "editor.minimap.enabled": false,
    };
    await writeFile(path.join(home, "data/User/settings.json"), JSON.stringify(settings));
    // Programs belong to the machine, which is not the one the browser runs on.
    const machine = JSON.stringify({ "k8slint.path": program });
    await writeFile(path.join(home, "data/Machine/settings.json"), machine);
    const common = ["--user-data-dir", `${home}/data`, "--extensions-dir", `${home}/extensions`];
    await finished(spawn(process.execPath, [SERVER, ...common, "--install-extension", extension]));
    const server = spawn(process.execPath, [
      ...[SERVER, ...common, "--auth", "none", "--bind-addr", "127.0.0.1:0"],
      ...["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"],
    ]);
    const address = await announced(server);
    const browser = await puppeteer.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--force-color-profile=srgb"],
      defaultViewport: { width: 1440, height: 900 },
    });
    const page = await browser.newPage();
    await page.goto(`${address}/?folder=${encodeURIComponent(folder)}`);
    await page.waitForSelector(".monaco-workbench", PATIENCE);
    return new Workbench(page, home, async () => {
      await browser.close();
      server.kill();
      await rm(home, { recursive: true, force: true });
    });
  }

  constructor(page, home, stop) {
    this.page = page;
    this.home = home;
    this.stop = stop;
  }

  async open(name) {
    await this.press("Control", "KeyP");
    await this.page.waitForSelector(".quick-input-widget input", { visible: true });
    await this.page.keyboard.type(name);
    await this.wait(`.quick-input-list .monaco-list-row[aria-label*="${name}"]`);
    await this.page.keyboard.press("Enter");
    await this.wait(`.tab.active[data-resource-name="${name}"]`);
  }

  async click(selector) {
    await this.wait(selector);
    await this.page.click(selector);
  }

  async focusEditor() {
    await this.press("Control", "Digit1");
  }

  async run(command) {
    await this.page.keyboard.press("F1");
    await this.page.waitForSelector(".quick-input-widget input", { visible: true });
    await this.page.keyboard.type(command);
    await this.wait(`.quick-input-list .monaco-list-row[aria-label*="${command}"]`);
    await this.page.keyboard.press("Enter");
  }

  async goTo(line, column = 1) {
    await this.press("Control", "KeyG");
    await this.page.waitForSelector(".quick-input-widget input", { visible: true });
    await this.page.keyboard.type(`${line}:${column}`);
    await this.page.keyboard.press("Enter");
  }

  async press(...keys) {
    const { keyboard } = this.page;
    const key = keys.pop();
    for (const modifier of keys) await keyboard.down(modifier);
    await keyboard.press(key);
    for (const modifier of keys) await keyboard.up(modifier);
  }

  /** Wait for something to be visible, or to have gone. */
  async wait(selector, { gone = false } = {}) {
    await this.page.waitForSelector(selector, { ...PATIENCE, visible: !gone, hidden: gone });
  }

  /** The texts of all that fits a selector, in the order of the page. */
  async texts(selector) {
    return this.page.$$eval(selector, (found) => found.map((one) => one.textContent ?? ""));
  }

  /** Wait until a text of the page fits, and return it. */
  async text(selector, pattern) {
    const handle = await this.page.waitForFunction(
      (wanted, source) =>
        [...document.querySelectorAll(wanted)]
          .map((one) => (one.textContent ?? "").replaceAll("\u00a0", " "))
          .find((text) => new RegExp(source).test(text)),
      PATIENCE,
      selector,
      pattern.source,
    );
    return handle.jsonValue();
  }

  /** Wait until a frame of a panel holds what a selector names, and return its text. */
  async panel(selector, fits) {
    return this.until(async () => {
      for (const frame of this.page.frames()) {
        const text = await textIn(frame, selector);
        if (text && fits(text)) return text;
      }
      return undefined;
    });
  }

  /** Ask again and again, and return the first answer that is true. */
  async until(ask) {
    const end = Date.now() + PATIENCE.timeout;
    while (Date.now() < end) {
      const answer = await ask();
      if (answer) return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`waited in vain: ${ask}`);
  }

  /** What the extension and its host logged. */
  logs() {
    return globSync(`${this.home}/data/logs/**/{k8slint,remoteexthost}*.log`)
      .map((file) => `${path.basename(file)}:\n${readFileSync(file, "utf8")}`)
      .join("\n");
  }

  async picture(file) {
    await this.page.screenshot({ path: file });
  }
}

/** The text of what a selector names; undefined where it is not there, or its frame has gone. */
async function textIn(frame, selector) {
  try {
    return await frame.$eval(selector, (one) => one.textContent);
  } catch {
    return undefined;
  }
}

function finished(child) {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout.on("data", (data) => (said += data));
    child.stderr.on("data", (data) => (said += data));
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(said))));
  });
}

function announced(child) {
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (data) => {
      said += data;
      const found = LISTENS.exec(said);
      if (found) resolve(found[1].replace(/\/$/, ""));
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.on("exit", () => reject(new Error(said)));
  });
}
