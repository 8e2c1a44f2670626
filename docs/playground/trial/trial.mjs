// Plays a person on the playground, from the first visit to one without a network.
// node trial.mjs FOLDER OUTPUT MANIFESTS [pictures]
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import { Visitor } from "./browser.mjs";

const [folder, output, manifests] = process.argv.slice(2).map((one) => path.resolve(one));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = { 375: 812, 768: 1024, 1440: 900 };
// The first bad one of each rule, or all: tests in Python ask the engine about all of them, too.
const KINDS = process.argv[5] ? ["bad", "good", "fixed"] : ["bad"];
const MOST = process.argv[5] ? Infinity : 1;
const EVIL = '"><img src=x onerror=document.documentElement.dataset.hurt=1><script>document.documentElement.dataset.hurt=1</script>';

const SHOWN = Object.fromEntries(["checkout.yaml", "web.yaml"].map((name) => [name, readFileSync(path.join(manifests, name), "utf8")]));

mkdirSync(output, { recursive: true });
const visitor = await Visitor.start(folder);
const figures = {};

async function firstVisit() {
  const start = performance.now();
  const before = visitor.cpu();
  await visitor.open();
  figures["ms to the first result"] = Math.round(performance.now() - start);
  figures["ms of CPU to the first result"] = visitor.cpu() - before;
  await visitor.until(() => document.documentElement.dataset.kept !== undefined);
  const asked = [...visitor.site.asked];
  figures["bytes over the wire"] = asked.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  const twice = asked.filter(([, { bytes, times }]) => times > 1 && bytes > 300_000).map(([name]) => name);
  assert.deepEqual(twice, [], "asked for twice");
  assert.ok(figures["bytes over the wire"] < 9_000_000);
  assert.deepEqual(await visitor.codes(), ["GS101"]);
  const [worker] = visitor.page.workers();
  const ways = await worker.evaluate(() => ["fetch", "XMLHttpRequest", "WebSocket", "caches", "importScripts"].filter((name) => self[name]));
  assert.deepEqual(ways, [], "the worker can ask others");
}

/** A browser that cannot run it is told why. */
async function unfit() {
  for (const [name, sentence] of [["CompressionStream", /^This browser is too old/], ["WebAssembly", /^This browser does not allow WebAssembly/]]) {
    const page = await visitor.browser.newPage();
    await page.evaluateOnNewDocument((one) => delete self[one], name);
    await page.goto(visitor.site.address);
    const note = await page.waitForSelector("#note:not([hidden])");
    assert.match(await note.evaluate((one) => one.textContent), sentence);
    await page.close();
  }
  const page = await visitor.browser.newPage();
  await page.setJavaScriptEnabled(false);
  await page.goto(visitor.site.address);
  await page.waitForSelector(".noscript", { visible: true });
  await page.close();
}

/** What is typed is found, drawn and repaired. */
async function typeAndRepair() {
  const before = await visitor.text("#timeline svg");
  await visitor.goTo(25);
  await visitor.page.keyboard.press("End");
  await visitor.page.keyboard.press("ArrowLeft");
  await visitor.page.keyboard.press("ArrowLeft");
  const times = [];
  for (const key of ["0", "Backspace", "0", "Backspace", "0", "Backspace", "Backspace"]) {
    await visitor.stale();
    await visitor.page.keyboard.press(key);
    await visitor.checked();
    times.push(Number(/checked in (\d+) ms/.exec(await visitor.text("#status"))[1]));
  }
  figures["ms to a later result (median)"] = times.sort((a, b) => a - b)[times.length >> 1];
  assert.deepEqual(await visitor.codes(), [], `a hook of 3 s is short enough: ${await visitor.written()}`);
  assert.notEqual(await visitor.text("#timeline svg"), before);
  await visitor.type("0");
  assert.deepEqual(await visitor.codes(), ["GS101"]);
  await visitor.stale();
  await visitor.click("#findings .repair");
  await visitor.checked();
  assert.deepEqual(await visitor.codes(), []);
  assert.match(await visitor.written(), /terminationGracePeriodSeconds: 55/);
  await visitor.stale();
  await visitor.page.focus("#editor >>> .cm-content");
  await visitor.press("Control", "KeyZ");
  await visitor.checked();
  assert.deepEqual(await visitor.codes(), ["GS101"]);
}

/** The diff says what "Apply" does. */
async function compareAndApply() {
  await visitor.click("#tab-diff");
  await visitor.until(() => document.querySelector("#diff .added")?.textContent.includes("terminationGracePeriodSeconds: 55"));
  await visitor.stale();
  await visitor.click("#diff-apply");
  await visitor.checked();
  assert.deepEqual(await visitor.codes(), []);
  await visitor.click("#tab-findings");
}

/** A second file, which says something about the first. */
async function twoFiles() {
  await visitor.click("#add");
  await visitor.click("#answer");
  await visitor.press("Control", "KeyA");
  await visitor.page.keyboard.type("evil<.yaml");
  assert.match(await visitor.text("#dialog .wrong"), /A name such as web.yaml/);
  await visitor.press("Control", "KeyA");
  await visitor.page.keyboard.type("budget.yaml");
  await visitor.stale();
  await visitor.page.keyboard.press("Enter");
  await visitor.checked();
  await visitor.write(
    "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: shop}\nspec:\n  maxUnavailable: 0\n  selector: {matchLabels: {app: shop}}\n",
  );
  const places = () => visitor.page.$$eval("#findings .head .place", (all) => all.map((one) => one.textContent));
  assert.deepEqual(await visitor.codes(), ["GS703"]);
  assert.deepEqual(await places(), ["shop.yaml, line 7"]);
  await visitor.click("#findings .head .place");
  await visitor.until(() => document.querySelector("#files [aria-selected=true]").textContent === "shop.yaml");
  assert.deepEqual(await places(), ["line 7"]);
}

/** Whoever opens the link sees the same. */
async function share() {
  await visitor.page.select("#version", "1.30");
  await visitor.checked();
  const [codes, names] = [await visitor.codes(), await visitor.text("#files")];
  await visitor.click("#share");
  const link = await visitor.page.waitForSelector("#link").then((field) => field.evaluate((one) => one.value));
  await visitor.axe(AXE, "the link");
  const { hash } = new URL(link);
  assert.match(hash, /^#text=[\w-]+$/);
  await visitor.open(hash);
  assert.deepEqual(await visitor.codes(), codes);
  assert.equal(await visitor.text("#files"), names);
  assert.equal(await visitor.page.$eval("#version", (choice) => choice.value), "1.30");
}

/** A link takes the place of a text, and gives it back; one from another page, too. */
async function ownText() {
  const own = "# My own text.\nkind: Pod\nmetadata: {name: a}\n";
  await visitor.write(own);
  const back = async () => {
    assert.deepEqual(await visitor.codes(), ["GS101"]);
    await visitor.stale();
    await visitor.click("#note button");
    await visitor.checked();
    assert.equal(await visitor.written(), own);
  };
  await visitor.follow("example=GS101/bad");
  await back();
  for (const address of ["about:blank", visitor.site.address + "#example=GS101/bad"]) await visitor.page.goto(address);
  await visitor.checked();
  await visitor.page.reload();
  await visitor.checked();
  await back();
  await visitor.stale();
  await visitor.press("Control", "Enter");
  await visitor.page.focus("#editor >>> .cm-content");
  await visitor.press("Control", "Enter");
  await visitor.until(() => document.querySelector("#note").textContent.startsWith("Nothing was changed"));
}

/** Each example of each page does what the page says. */
async function examples() {
  const { rules } = JSON.parse(readFileSync(path.join(visitor.assets(folder), "rules.json"), "utf8"));
  let count = 0;
  for (const { code, examples: all } of rules) {
    for (const kind of KINDS) {
      const those = all.filter((one) => (kind === "fixed" ? one.fixed !== null : one.kind === kind));
      for (const number of those.slice(0, MOST).keys()) {
        await visitor.follow(`example=${code}/${kind}/${number + 1}`);
        const found = (await visitor.codes()).includes(code);
        assert.equal(found, kind === "bad", `${code}/${kind}/${number + 1}: ${await visitor.text("#status")}`);
        assert.match(await visitor.text("#rule"), new RegExp(code));
        count += 1;
      }
    }
  }
  figures["examples opened"] = count;
}

/** Words of strangers stay words. */
async function hostile() {
  const before = await visitor.written();
  const bomb = await visitor.packed(JSON.stringify({ files: { "a.yaml": "x".repeat(2_000_000) } }));
  for (const fragment of [
    "text=AAAA",
    "text=%%%",
    `example=${EVIL}`,
    "example=GS101/bad/99",
    "example=GS000",
    `text=${bomb}`,
    `text=${await visitor.packed('{"files": {"../../etc/passwd": "a"}}')}`,
    `text=${await visitor.packed('{"files": {"__proto__": "a"}}')}`,
    `text=${await visitor.packed('{"files": [], "settings": 1}')}`,
    `text=${"A".repeat(250_000)}`,
  ]) {
    await visitor.page.evaluate((to) => (location.hash = to), fragment);
    await visitor.page.waitForSelector("#note:not([hidden])");
    assert.equal(await visitor.written(), before, `${fragment.slice(0, 80)} has changed the text`);
    await visitor.page.evaluate(() => (document.querySelector("#note").hidden = true));
  }
  const evil = JSON.stringify(EVIL);
  const pod = `apiVersion: v1\nkind: Pod\nmetadata: {name: ${evil}, namespace: ${evil}}\nspec:\n  containers:\n  - name: ${evil}\n    image: ${evil}\n    lifecycle: {preStop: {exec: {command: [sh, -c, ${JSON.stringify(`sleep 40; ${EVIL}`)}]}}}\n`;
  const files = { "a.yaml": pod, "b.yaml": `{{ ${EVIL}`, "c.yaml": `a: [\n${EVIL}` };
  const settings = { select: ["ALL", EVIL, "GS101"], version: EVIL, gates: [EVIL, "Fine"], options: [["GS101", EVIL, 1], 5] };
  await visitor.follow(`text=${await visitor.packed(JSON.stringify({ files, settings }))}`);
  assert.ok((await visitor.codes()).length);
  assert.ok((await visitor.text("#timeline")).includes("<img"), "the name is in the drawing, as a text");
  await visitor.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
  assert.equal(await visitor.page.evaluate(() => document.documentElement.dataset.hurt), undefined);
  assert.equal(await visitor.page.$$eval("img, #timeline script, #findings script", (all) => all.length), 0);
}

/** Everything is reached and done without a mouse. */
async function keyboard() {
  await visitor.follow("example=GS101/bad");
  await visitor.page.evaluate(() => document.activeElement.blur());
  const order = [];
  for (let count = 0; count < 25; count += 1) {
    await visitor.page.keyboard.press("Tab");
    order.push(await visitor.page.evaluate(() => document.activeElement.id || document.activeElement.className));
  }
  for (const id of ["example", "version", "select", "share", "theme", "help", "add", "editor", "timeline", "tab-findings"]) {
    assert.ok(order.includes(id), `Tab does not lead to ${id}: ${order}`);
  }
  await visitor.page.focus("#editor >>> .cm-content");
  await visitor.press("F8");
  await visitor.stale();
  await visitor.press("Control", "Period");
  await visitor.checked();
  assert.deepEqual(await visitor.codes(), []);
  await visitor.press("F1");
  await visitor.axe(AXE, "the help");
  await visitor.page.keyboard.press("Escape");
}

async function pictures() {
  for (const [width, height] of Object.entries(SIZES)) {
    for (const theme of ["light", "dark"]) {
      await visitor.page.setViewport({ width: Number(width), height, deviceScaleFactor: width === "375" ? 2 : 1 });
      await visitor.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
      for (const [name, fragment, tab] of [
        ["findings", `text=${await visitor.packed(JSON.stringify({ files: SHOWN }))}`, "findings"],
        ["rule", "example=GS101/bad", "rule"],
        ["diff", "example=GS101/bad", "diff"],
      ]) {
        await visitor.follow(fragment);
        await visitor.click(`#tab-${tab}`);
        if (tab === "diff") await visitor.page.waitForSelector("#diff .added");
        await visitor.axe(AXE, `${name}, ${theme}, ${width}`);
        const wide = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${name} is ${wide} px wider than ${width}`);
        await visitor.page.screenshot({ path: path.join(output, `${name}-${width}-${theme}.png`), fullPage: Number(width) < 1000 });
      }
    }
  }
}

/** After the first visit no server is needed. */
async function offline() {
  visitor.site.stop();
  await visitor.open("#example=GS101");
  assert.deepEqual(await visitor.codes(), ["GS101"]);
}

/** A release takes the place of the last one as a whole. */
async function release() {
  const old = path.basename(visitor.assets(folder));
  const [next, name] = [path.join(output, "release"), "assets-0123456789ab"];
  rmSync(next, { recursive: true, force: true });
  cpSync(folder, next, { recursive: true });
  renameSync(path.join(next, old), path.join(next, name));
  for (const file of ["index.html", "service.js"].map((one) => path.join(next, one))) {
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(old, name));
  }
  visitor.site.folder = next;
  await visitor.open("#example=GS101");
  await visitor.until(async (one) => (await caches.keys()).every((key) => key.endsWith(one)), name);
  assert.equal(await visitor.page.$$eval("script", (all, one) => all.every(({ src }) => src.includes(one)), name), true);
}

const steps = {
  ...{ firstVisit, unfit, typeAndRepair, compareAndApply, twoFiles, share, ownText, examples, hostile, keyboard },
  ...(process.argv[5] ? { pictures } : {}),
  ...{ release, offline },
};
try {
  for (const [name, step] of Object.entries(steps)) {
    const start = performance.now();
    await step();
    visitor.assertQuiet();
    console.log(`${name}: ${Math.round(performance.now() - start)} ms`);
  }
  console.log(JSON.stringify(figures));
} catch (error) {
  await visitor.page?.screenshot({ path: path.join(output, "failed.png") });
  throw error;
} finally {
  await visitor.stop();
}
