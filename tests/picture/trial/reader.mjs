// A headless browser that reads a page from a file, as a person does who got it by mail.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

// The tallest window that Chromium paints as a whole.
const TALLEST = 16_000;
const SIZES = { 375: 812, 768: 1024, 1440: 900 };

const WIDTHS = Object.keys(SIZES).map(Number);

export class Reader {
  /** Open a browser of its own; its packages are those of the playground. */
  static async start(packages) {
    const { resolve } = createRequire(path.join(packages, "package.json"));
    const { default: puppeteer } = await import(pathToFileURL(resolve("puppeteer-core")));
    const profile = mkdtempSync(path.join(tmpdir(), "k8slint-report-"));
    const browser = await puppeteer.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      userDataDir: profile,
      args: ["--no-sandbox", "--force-color-profile=srgb", "--hide-scrollbars"],
    });
    return new Reader(browser, profile, readFileSync(resolve("axe-core/axe.min.js"), "utf8"));
  }

  constructor(browser, profile, axe) {
    Object.assign(this, { browser, profile, axe, wrong: [] });
  }

  /** Open a file in a new tab; what it asks of others, or complains of, is kept. */
  async open(file, { fragment = "", theme = "light", width = 1440 } = {}) {
    const address = pathToFileURL(file).href;
    await this.page?.close();
    this.page = await this.browser.newPage();
    await this.page.setViewport({ width, height: SIZES[width] });
    await this.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
    this.page.on("request", (request) => {
      if (request.url().split("#")[0] !== address) this.wrong.push(`asks ${request.url()}`);
    });
    this.page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) this.wrong.push(`console: ${message.text()}`);
    });
    this.page.on("pageerror", (error) => this.wrong.push(`error: ${error.message}`));
    await this.page.goto(address + fragment);
  }

  /** Take pictures at each width in both themes, or in some; nothing may be amiss in any. */
  async look(file, output, looks = WIDTHS.flatMap((width) => [[width, "light"], [width, "dark"]])) {
    const name = path.basename(file, ".html");
    for (const [width, theme] of looks) {
      const about = `${name}, ${width} px, ${theme}`;
      await this.open(file, { theme, width });
      await this.unroll(width);
      await this.page.screenshot({ path: path.join(output, `${name}-${width}-${theme}.png`) });
      const { sideways, narrow } = await this.page.evaluate(measure);
      assert.ok(sideways <= 0, `${about}: scrolls ${sideways} px sideways`);
      assert.deepEqual(narrow, [], `${about}: words are broken into letters`);
      await this.assertAccessible(about);
    }
  }

  text(selector) {
    return this.page.$eval(selector, (one) => one.textContent);
  }

  /** Have a window that shows a whole page, which is drawn only where it is seen. */
  async unroll(width) {
    for (let height = 0, seen = SIZES[width]; seen !== height && seen < TALLEST; ) {
      height = seen;
      await this.page.setViewport({ width, height });
      seen = await this.page.evaluate(() => new Promise((done) =>
        requestAnimationFrame(() => requestAnimationFrame(() => done(document.documentElement.scrollHeight)))));
    }
  }

  async assertAccessible(about) {
    const isolated = await this.page.createCDPSession();
    const { frameTree } = await isolated.send("Page.getFrameTree");
    const { executionContextId } = await isolated.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
    const run = (expression) =>
      isolated.send("Runtime.evaluate", { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
    await run(this.axe);
    const { result } = await run("axe.run().then((found) => found.violations.map((one) => [one.id, one.nodes.map((node) => `${node.html.slice(0, 200)} ${node.failureSummary}`)]))");
    assert.deepEqual(result.value, [], about);
  }

  /** Fail if a page asked anybody for something, or complained. */
  assertQuiet() {
    assert.deepEqual(this.wrong, []);
  }

  async stop() {
    await this.browser.close();
    rmSync(this.profile, { recursive: true, force: true });
  }
}

/** How far a page is wider than its window, and which texts have room for no word. */
function measure() {
  const narrow = [...document.querySelectorAll("h1, h2, h3, p, dt, dd, li, label")].filter((one) => {
    const { width, height } = one.getBoundingClientRect();
    return width > 0 && one.textContent.trim().length > 12 && width < 60 && height > 60;
  });
  return {
    sideways: document.documentElement.scrollWidth - innerWidth,
    narrow: narrow.map((one) => one.textContent.slice(0, 80)),
  };
}
