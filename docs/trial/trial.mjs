// Looks at the built site: what is visible, what is requested, what axe finds, and what search finds.
// node trial.mjs PACKAGES SITE OUTPUT
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [packages, site, output] = process.argv.slice(2).map((one) => path.resolve(one));
const { resolve } = createRequire(path.join(packages, "package.json"));
const { default: puppeteer } = await import(pathToFileURL(resolve("puppeteer-core")));
const AXE = readFileSync(resolve("axe-core/axe.min.js"), "utf8");
const BASE = "/k8slint/";
const WIDTHS = [375, 768, 1440];
const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png" };
// Pages, what their heading says, and how many timelines they show.
const PAGES = {
  "": { name: "home", heading: /lost requests/, timelines: 1 },
  "rules/": { name: "rules", heading: /Rules/, timelines: 0 },
  "rules/gs101/": { name: "rule", heading: /GS101/, timelines: 7 },
  "recipes/fix/": { name: "recipe", heading: /repositor/i, timelines: 0 },
  "agreement/": { name: "agreement", heading: /Kubernetes/, timelines: 0 },
};
// What a person looks for, and the page that search has to offer among the first.
const SEARCHES = JSON.parse(readFileSync(new URL("searches.json", import.meta.url), "utf8"));
const AMONG = 2;
// Letters of 13 px stay above 9 px.
const LEAST_SCALE = 0.7;
// A busy machine is not a fault of the site.
const PATIENCE_MS = 180_000;

/** The built site below the path where it is published; nothing else is served. */
async function serve() {
  const server = createServer((request, response) => {
    const address = decodeURIComponent(new URL(request.url, "http://site").pathname);
    let file = path.join(site, path.normalize(address.slice(BASE.length - 1)));
    try {
      if (!address.startsWith(BASE)) throw new Error("elsewhere");
      if (statSync(file).isDirectory()) file = path.join(file, "index.html");
      response.setHeader("Content-Type", TYPES[path.extname(file)] ?? "application/octet-stream");
      response.end(readFileSync(file));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** A page that remembers what it asked for, what failed and what the console said. */
async function opened(browser, origin, address, theme) {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.setViewport({ width: WIDTHS.at(-1), height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  const wrong = [];
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin + BASE) && !/^(data|blob):/.test(url)) wrong.push(`asks ${url}`);
  });
  page.on("response", (response) => {
    if (!response.ok()) wrong.push(`${response.status()} for ${response.url()}`);
  });
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) wrong.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  await page.goto(origin + BASE + address, { waitUntil: "networkidle0" });
  return { page, wrong };
}

/** What a reader sees: sizes and places of what a page is about. */
function seen() {
  const visible = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility === "visible";
  };
  const all = (selector) => [...document.querySelectorAll(selector)].filter(visible);
  return {
    headings: all("h1").map((one) => one.textContent),
    timelines: all(".timeline img").map((one) => ({
      scale: one.getBoundingClientRect().width / one.naturalWidth,
      isWhole: one.closest(".timeline").scrollWidth <= one.closest(".timeline").clientWidth,
      drawn: one.complete && one.naturalWidth > 0,
      theme: /(light|dark)\.svg/.exec(one.currentSrc)[1],
      said: one.alt.length,
    })),
    scrolls: document.documentElement.scrollWidth - window.innerWidth,
    scheme: document.body.dataset.mdColorScheme,
    tries: all("a[href*='playground/']").length,
  };
}

async function look(browser, origin, address, theme) {
  const expected = PAGES[address];
  const { page, wrong } = await opened(browser, origin, address, theme);
  await page.evaluate(AXE);
  for (const width of WIDTHS) {
    await page.setViewport({ width, height: 900 });
    await page.evaluate(async () => {
      const drawn = [...document.querySelectorAll(".timeline img")];
      for (const one of drawn) one.loading = "eager";
      await Promise.all(drawn.map((one) => one.decode()));
      await new Promise((next) => requestAnimationFrame(next));
      await Promise.allSettled(document.getAnimations().map((one) => one.finished));
    });
    const about = `${expected.name}, ${width} px, ${theme}`;
    const file = path.join(output, `${expected.name}-${width}-${theme}.png`);
    await page.screenshot({ path: file, fullPage: true });
    check(await page.evaluate(seen), expected, theme, about);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    const told = violations.flatMap((one) =>
      one.nodes.map((node) => `${one.id}: ${node.target.join(" ")}: ${node.failureSummary}`),
    );
    assert.deepEqual(told, [], about);
  }
  assert.deepEqual(wrong, [], `${expected.name}, ${theme}`);
  await page.close();
}

function check(found, expected, theme, about) {
  assert.equal(found.headings.length, 1, about);
  assert.match(found.headings[0], expected.heading, about);
  assert.equal(found.scheme, theme === "dark" ? "slate" : "default", about);
  assert.equal(found.timelines.length, expected.timelines, about);
  for (const one of found.timelines) {
    const isReadable = one.drawn && one.isWhole && one.scale >= LEAST_SCALE;
    assert.ok(isReadable && one.said > 40, `${about}: ${JSON.stringify(one)}`);
    assert.equal(one.theme, theme, about);
  }
  assert.ok(found.scrolls <= 0, `${about}: scrolls ${found.scrolls} px sideways`);
  if (expected.timelines) assert.ok(found.tries >= 1, `${about}: no way to the playground`);
}

/** Search offers the expected page among the first, for each of the words. */
async function find(browser, origin) {
  const { page, wrong } = await opened(browser, origin, "", "light");
  // The dialog is in the shadow of an element without a name.
  const options = () => {
    const hosts = [...document.querySelectorAll("body *")].filter((one) => one.shadowRoot);
    return hosts
      .flatMap((one) => [...one.shadowRoot.querySelectorAll("[role=option]")])
      .map((one) => new URL(one.getAttribute("href")));
  };
  await page.keyboard.down("Control");
  await page.keyboard.press("KeyK");
  await page.keyboard.up("Control");
  await page.waitForFunction(() => document.activeElement?.shadowRoot?.activeElement?.matches("input"));
  for (const [words, expected] of Object.entries(SEARCHES)) {
    const start = Date.now();
    await page.keyboard.down("Control");
    await page.keyboard.press("KeyA");
    await page.keyboard.up("Control");
    await page.keyboard.type(words);
    const query = new URLSearchParams({ h: words }).toString();
    const asked = `(${options})().filter((one) => one.search === "?${query}").map((one) => one.pathname + one.hash)`;
    // Addresses change at once, their order a moment later.
    let found = [];
    for (let before = null; !found.length || `${before}` !== `${found}`; ) {
      before = found;
      await new Promise((again) => setTimeout(again, 400));
      found = await page.evaluate(asked);
      assert.ok(Date.now() - start < PATIENCE_MS, `${words}: no answer`);
    }
    const first = found.slice(0, AMONG).map((one) => one.slice(BASE.length));
    assert.ok(first.some((one) => one.startsWith(expected)), `${words}: offers ${first.join(", ")}`);
  }
  assert.deepEqual(wrong, [], "search");
  await page.close();
}

/** Groups of the navigation are closed until they are opened, and then show what is in them. */
async function unfold(browser, origin) {
  const { page } = await opened(browser, origin, "", "light");
  const entry = ".md-nav--primary a[href$='rules/gs101/']";
  const shown = () =>
    page.$eval(entry, (one) => one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }));
  assert.equal(await shown(), false, "the rules are open from the start");
  const groups = await page.$eval(entry, (one) => {
    const around = [];
    while ((one = one.parentElement.closest("nav[aria-labelledby]")))
      around.unshift(one.getAttribute("aria-labelledby"));
    return around;
  });
  for (const id of groups) await page.click(`#${id}`);
  await page.waitForFunction((selector) => document.querySelector(selector).checkVisibility(), {}, entry);
  await page.close();
}

mkdirSync(output, { recursive: true });
const { origin, stop } = await serve();
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--force-color-profile=srgb"],
});
const failures = [];
try {
  for (const address of Object.keys(PAGES)) {
    for (const theme of ["light", "dark"]) {
      await look(browser, origin, address, theme).catch((error) => failures.push(error.message));
    }
  }
  for (const part of [find, unfold]) {
    await part(browser, origin).catch((error) => failures.push(error.message));
  }
} finally {
  await browser.close();
  stop();
}
for (const one of failures) console.error(one);
process.exitCode = failures.length ? 1 : 0;
