// Plays a reader of the report and of the timelines: filters, sorts, follows links, prints.
// node trial.mjs PACKAGES OUTPUT REPORT FINDINGS TIMELINES [pictures]
// FINDINGS is the same report as JSON, from which is worked out what has to be visible.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { Reader } from "./reader.mjs";

const [packages, output, report, findings, timelines] = process.argv.slice(2).map((one) => path.resolve(one));
const withPictures = process.argv[7] === "pictures";
const FOUND = JSON.parse(readFileSync(findings, "utf8")).findings.filter((one) => !one.suppressed);
const SUPPRESSED = JSON.parse(readFileSync(findings, "utf8")).findings.filter((one) => one.suppressed);
const LEVELS = ["info", "warning", "error"];
const NONE = "(none)";

mkdirSync(output, { recursive: true });
const reader = await Reader.start(packages);

/** What a finding is called on the page. */
const nameOf = (one) => `${one.code} ${one.path}:${one.line}:${one.column}`;
const names = (found) => found.map(nameOf).sort();

// Which findings fit a value of each choice.
const FITS = {
  severity: (one, wanted) => one.severity === wanted,
  rule: (one, wanted) => one.code === wanted,
  folder: (one, wanted) => one.path.startsWith(`${wanted}/`),
  namespace: (one, wanted) => (one.resource?.namespace || NONE) === wanted,
  owner: (one, wanted) => (one.owners.length ? one.owners : [NONE]).includes(wanted),
};

async function choices() {
  await reader.open(report);
  assert.deepEqual(await visible(), names(FOUND), "all findings are visible at first");
  for (const [name, fits] of Object.entries(FITS)) {
    const values = await reader.page.$$eval(`select[name=${name}] option`, (all) => all.map((one) => one.value).filter(Boolean));
    assert.ok(values.length > 1, `${name} has ${values}`);
    for (const value of values) {
      await reader.page.select(`select[name=${name}]`, value);
      const expected = names(FOUND.filter((one) => fits(one, value)));
      assert.ok(expected.length, `${name} offers ${value}`);
      assert.deepEqual(await visible(), expected, `${name}: ${value}`);
      assert.equal(await count(), `${expected.length} of ${FOUND.length} findings`);
    }
    await reader.page.select(`select[name=${name}]`, "");
  }
  assert.deepEqual(await visible(), names(FOUND), "all are back");
}

async function wordsAndSwitches() {
  await reader.open(report);
  await reader.page.keyboard.press("/");
  await reader.page.keyboard.type("EDGE killed");
  const edge = FOUND.filter((one) => one.resource?.name === "edge" && /killed/.test(one.message));
  assert.ok(edge.length);
  assert.deepEqual(await visible(), names(edge));
  await reader.page.keyboard.press("Escape");
  await reader.page.keyboard.type("nothing like this");
  assert.deepEqual(await visible(), []);
  assert.equal(await reader.text("#none"), "Nothing matches.");
  await reader.page.keyboard.press("Escape");
  assert.deepEqual(await visible(), names(FOUND));

  await reader.page.click("input[name=short]");
  const badges = await reader.page.$$eval("article:not([hidden]) .verdict", (all) => all.map((one) => one.textContent));
  assert.ok(badges.length && badges.every((one) => /^\d+.s short$/.test(one)), `${badges}`);
  await reader.page.click("input[name=short]");

  const before = await titles();
  await reader.page.click("input[name=quiet]");
  const more = (await titles()).filter((one) => !before.includes(one));
  assert.deepEqual(more.sort(), ["Pod shop/calm", "Pod shop/old"]);
}

async function orders() {
  await reader.open(report);
  const worst = () => reader.page.$$eval("article:not([hidden])", (all) => all.map((one) => one.querySelector(".level").textContent));
  const short = () => reader.page.$$eval("article:not([hidden])", (all) => all.map((one) => Number(one.querySelector(".verdict.short")?.textContent.split(/\s/)[0] ?? 0)));
  const paths = () => reader.page.$$eval("article:not([hidden])", (all) => all.map((one) => one.querySelector(".finding code").textContent.split(":")[0]));
  const levels = (await worst()).map((one) => LEVELS.indexOf(one));
  assert.deepEqual(levels, levels.toSorted((one, other) => other - one), "worst first");
  await reader.page.select("select[name=sort]", "short");
  const seconds = await short();
  assert.ok(new Set(seconds).size > 2, `${seconds}`);
  assert.deepEqual(seconds, seconds.toSorted((one, other) => other - one), "shortest first");
  await reader.page.select("select[name=sort]", "path");
  const files = await paths();
  assert.notDeepEqual(seconds, await short());
  assert.deepEqual(files, files.toSorted());
}

async function links() {
  await reader.open(report);
  await reader.page.select("select[name=folder]", "deploy/shop");
  await reader.page.select("select[name=severity]", "error");
  await reader.page.select("select[name=sort]", "short");
  const fragment = await reader.page.evaluate(() => location.hash);
  assert.equal(fragment, "#folder=deploy%2Fshop&severity=error&sort=short");
  const seen = [await visible(), await titles()];
  assert.ok(seen[0].length && seen[0].length < FOUND.length);
  await reader.open(report, { fragment });
  assert.deepEqual([await visible(), await titles()], seen, "a link shows the same");
  await reader.page.evaluate(() => (location.hash = "#severity=info"));
  await reader.page.waitForFunction(() => document.querySelector("select[name=folder]").value === "");
  assert.deepEqual(await visible(), names(FOUND.filter((one) => one.severity === "info")));
  await reader.open(report, { fragment: "#severity=%3Cimg%3E&sort=__proto__&owner=constructor" });
  assert.deepEqual(await visible(), names(FOUND), "what is no choice chooses nothing");
  const pages = await reader.page.$$eval(".finding a", (all) => all.map((one) => [one.textContent, one.href]));
  for (const [code, page] of pages) assert.equal(page, `https://k8slint.github.io/k8slint/rules/${code.toLowerCase()}/`);
}

async function hostile() {
  await reader.open(report);
  assert.equal(await reader.page.evaluate(() => document.documentElement.dataset.hurt), undefined);
  assert.equal(await reader.page.$("img"), null);
  assert.ok((await titles()).some((one) => one.includes("<img src=")), "its name is shown as a text");
}

async function keys() {
  await reader.open(report, { width: 375 });
  await reader.page.focus("input[name=words]");
  const reached = [];
  for (let step = 0; step < 14; step++) {
    await reader.page.keyboard.press("Tab");
    reached.push(await reader.page.evaluate(() => document.activeElement.name || document.activeElement.className || document.activeElement.tagName));
  }
  for (const name of [...Object.keys(FITS), "sort", "short", "quiet", "A", "scroll"]) assert.ok(reached.includes(name), `${name} in ${reached}`);
  const wide = await reader.page.evaluateHandle(() =>
    [...document.querySelectorAll("pre.scroll")].find((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth),
  );
  await wide.focus();
  for (let press = 0; press < 3; press++) await reader.page.keyboard.press("ArrowRight");
  await reader.page.waitForFunction((one) => one.scrollLeft > 0, { timeout: 10_000 }, wide);
}

async function paper() {
  await reader.open(report);
  assert.ok(SUPPRESSED.length);
  const folded = () => reader.page.$eval(".suppressed ol", (one) => one.checkVisibility());
  assert.equal(await reader.text(".suppressed summary"), `${SUPPRESSED.length} suppressed finding`);
  assert.equal(await folded(), false);
  await reader.page.evaluate(() => {
    addEventListener("beforeprint", () => {
      const isSeen = (selector) => document.querySelector(selector).checkVisibility();
      document.body.dataset.printed = JSON.stringify([isSeen(".suppressed ol"), isSeen("article pre")]);
    });
  });
  await reader.page.pdf({ path: path.join(output, "report.pdf"), format: "A4", printBackground: true });
  assert.equal(await reader.page.evaluate(() => document.body.dataset.printed), "[true,true]");
  assert.equal(await folded(), false, "it is folded again");
  await reader.page.emulateMediaType("print");
  assert.equal(await reader.page.$eval("form", (one) => one.checkVisibility()), false);
  await reader.page.emulateMediaType();
}

async function pods() {
  await reader.open(timelines);
  const all = await titles();
  assert.ok(all.includes("Pod shop/calm"));
  await reader.page.select("select[name=namespace]", "shop");
  const shop = await titles();
  assert.ok(shop.length > 1 && shop.length < all.length);
  assert.ok(shop.every((one) => one.includes("shop/")), `${shop}`);
  await reader.page.select("select[name=namespace]", "");
  await reader.page.select("select[name=folder]", "deploy/infra");
  assert.deepEqual(await titles(), ["Deployment infra/edge", "Pod web"]);
}

async function appearance() {
  const looks = withPictures ? undefined : [[375, "dark"], [768, "light"], [1440, "light"]];
  for (const file of [report, timelines]) await reader.look(file, output, looks);
}

/** The findings that are visible, by code and place. */
function visible() {
  return reader.page.$$eval(".finding", (all) =>
    all
      .filter((one) => one.checkVisibility())
      .map((one) => `${one.querySelector("a").textContent} ${one.querySelector("code").textContent}`)
      .sort(),
  );
}

function titles() {
  return reader.page.$$eval("article", (all) => all.filter((one) => one.checkVisibility()).map((one) => one.querySelector("h2").textContent));
}

function count() {
  return reader.page.$eval("output", (one) => one.value);
}

try {
  for (const step of [choices, wordsAndSwitches, orders, links, hostile, keys, paper, pods, appearance]) {
    await step();
    reader.assertQuiet();
    console.log(step.name);
  }
} finally {
  await reader.stop();
}
