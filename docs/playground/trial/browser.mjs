// A headless browser with the built page in it, and what a person does there.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import puppeteer from "puppeteer-core";

import { serve } from "./site.mjs";

const PATIENCE = Number(process.env.PATIENCE_MS ?? 120_000);
const PREFIX = "/some/project/playground/";

export class Visitor {
  /** Open a browser of its own on a page that is served below a path. */
  static async start(folder) {
    const site = await serve(folder, PREFIX);
    const profile = mkdtempSync(path.join(tmpdir(), "k8slint-playground-"));
    const browser = await puppeteer.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      userDataDir: profile,
      args: ["--no-sandbox", "--force-color-profile=srgb", "--hide-scrollbars", `--proxy-server=${site.proxy}`],
      defaultViewport: { width: 1440, height: 900 },
    });
    return new Visitor(site, browser, profile);
  }

  constructor(site, browser, profile) {
    Object.assign(this, { site, browser, profile, strangers: [], complaints: [] });
  }

  /** Open an address in a new tab; whatever it asks of others, or complains of, is kept. */
  async open(fragment = "") {
    await this.page?.close();
    this.page = await this.browser.newPage();
    this.page.setDefaultTimeout(PATIENCE);
    this.page.on("request", (request) => {
      if (!request.url().startsWith(this.site.address)) this.strangers.push(request.url());
    });
    this.page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) this.complaints.push(message.text());
    });
    this.page.on("pageerror", (error) => this.complaints.push(String(error.stack ?? error)));
    await this.page.goto(this.site.address + fragment);
    await this.checked();
  }

  /** Wait until the newest text is checked and drawn. */
  async checked() {
    await this.page.waitForFunction(() => document.documentElement.dataset.state === "shown");
  }

  /** Forget that the text is checked: something will change it. */
  async stale() {
    await this.page.evaluate(() => (document.documentElement.dataset.state = "stale"));
  }

  async type(key) {
    await this.stale();
    await this.page.keyboard.press(key);
    await this.checked();
  }

  /** Put the cursor on a line. */
  async goTo(line) {
    const lines = await this.page.$$("#editor >>> .cm-line");
    await lines[line - 1].click();
  }

  /** Go to another fragment of the page that is open. */
  async follow(fragment) {
    await this.page.evaluate((to) => {
      document.documentElement.dataset.state = "stale";
      history.replaceState(null, "", "#");
      location.hash = to;
    }, fragment);
    await this.checked();
  }

  text(selector) {
    return this.page.$eval(selector, (element) => element.textContent);
  }

  /** The text in the editor. */
  written() {
    return this.page.evaluate(() => {
      const lines = document.querySelector("#editor").shadowRoot.querySelectorAll(".cm-line");
      return [...lines].map((line) => line.textContent).join("\n");
    });
  }

  codes() {
    return this.page.$$eval("#findings .code", (all) => all.map((one) => one.textContent.split(" ")[0]));
  }

  /** Put a text in place of the one in the editor, as if it were pasted. */
  async write(text) {
    await this.page.click("#editor >>> .cm-content");
    await this.press("Control", "KeyA");
    await this.page.keyboard.press("Backspace");
    await this.page.evaluate((pasted) => {
      const data = new DataTransfer();
      data.setData("text/plain", pasted);
      const content = document.querySelector("#editor").shadowRoot.querySelector(".cm-content");
      content.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, text);
    await this.checked();
  }

  /** Press keys together. */
  async press(...keys) {
    for (const key of keys) await this.page.keyboard.down(key);
    for (const key of keys.reverse()) await this.page.keyboard.up(key);
  }

  async click(selector) {
    await this.page.waitForSelector(selector, { visible: true });
    await this.page.click(selector);
  }

  async until(what, ...given) {
    await this.page.waitForFunction(what, {}, ...given);
  }

  /** A text as a link holds it. */
  packed(text) {
    return this.page.evaluate(async (plain) => {
      const stream = new Blob([plain]).stream().pipeThrough(new CompressionStream("deflate-raw"));
      const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
      return bytes.toBase64 ? bytes.toBase64({ alphabet: "base64url", omitPadding: true }) : btoa(String.fromCharCode(...bytes));
    }, text);
  }

  /** Fail if axe finds a barrier. */
  async axe(source, where) {
    await this.page.evaluate(source);
    const { violations } = await this.page.evaluate(() => axe.run());
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`);
    assert.deepEqual(told, [], where);
  }

  /** Milliseconds of processor time of the browser with all its processes; NaN where no /proc tells. */
  cpu() {
    if (process.platform !== "linux") return NaN;
    const stats = new Map();
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const words = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
        stats.set(Number(pid), { parent: Number(words[1]), ticks: Number(words[11]) + Number(words[12]) });
      } catch {
        // It has ended.
      }
    }
    const isOurs = (pid) => pid === this.browser.process().pid || (stats.has(pid) && isOurs(stats.get(pid).parent));
    return [...stats].filter(([pid]) => isOurs(pid)).reduce((sum, [, { ticks }]) => sum + ticks * 10, 0);
  }

  assets(folder) {
    return path.join(folder, readdirSync(folder).find((name) => name.startsWith("assets-")));
  }

  /** Fail if the page asked anybody else for something, or complained. */
  assertQuiet() {
    assert.deepEqual(this.strangers, []);
    assert.deepEqual(this.site.elsewhere, []);
    assert.deepEqual(this.complaints, []);
  }

  async stop() {
    await this.browser.close();
    this.site.stop();
    rmSync(this.profile, { recursive: true, force: true });
  }
}
