// Plays a person in VS Code: sees a finding, reads its timeline, applies the repair, saves.
// node trial.mjs EXTENSION PROGRAM MANIFESTS OUTPUT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { Workbench } from "./workbench.mjs";

const [extension, program, manifests, output] = process.argv.slice(2).map((one) => path.resolve(one));
const NAME = "deployment.yaml";

async function visit(theme) {
  const folder = mkdtempSync(path.join(tmpdir(), "k8slint-sample-"));
  cpSync(manifests, folder, { recursive: true });
  const file = path.join(folder, NAME);
  const workbench = await Workbench.start({ extension, program, theme, folder });
  try {
    await workbench.open(NAME);
    await workbench.wait(".squiggly-error");
    await workbench.press("Control", "Shift", "KeyM");
    console.log(`${theme}: problem: ${await workbench.text(".markers-panel .monaco-list-row", /GS101/)}`);
    await workbench.goTo(...lineOf(file, "replicas"));
    const lens = await workbench.text(".codelens-decoration", /stops in/);
    console.log(`${theme}: lens: ${lens}`);
    if (theme === "dark") await workbench.click(".codelens-decoration a");
    else await workbench.run("k8slint: Show Timeline");
    const before = await workbench.panel("svg", (text) => text.includes("SIGKILL"));
    await workbench.focusEditor();
    await workbench.goTo(...lineOf(file, "sleep"));
    await workbench.picture(path.join(output, `${theme}.png`));
    await fix(workbench);
    await workbench.wait(".squiggly-error", { gone: true });
    await workbench.panel("svg", (text) => text !== before);
    await workbench.picture(path.join(output, `${theme}-fixed.png`));
    await workbench.press("Control", "KeyS");
    const expected = fixedByCommand();
    await workbench.until(() => readFileSync(file, "utf8") === expected).catch(() => {
      assert.equal(readFileSync(file, "utf8"), expected);
    });
  } catch (error) {
    await workbench.picture(path.join(output, "failed.png"));
    console.error(workbench.logs());
    throw error;
  } finally {
    await workbench.stop();
    rmSync(folder, { recursive: true });
  }
}

async function fix(workbench) {
  await workbench.press("Control", "Period");
  await workbench.text(".action-widget .monaco-list-row", /k8slint|GS101|terminationGracePeriodSeconds/);
  await workbench.page.keyboard.press("Enter");
}

/** What the command line makes of the sample. */
function fixedByCommand() {
  const folder = mkdtempSync(path.join(tmpdir(), "k8slint-fixed-"));
  cpSync(manifests, folder, { recursive: true });
  try {
    execFileSync(program, ["check", "--fix", "--quiet", folder]);
    return readFileSync(path.join(folder, NAME), "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function lineOf(file, word) {
  const lines = readFileSync(file, "utf8").split("\n");
  const line = lines.findIndex((one) => one.includes(word));
  return [line + 1, lines[line].indexOf(word) + 1];
}

mkdirSync(output, { recursive: true });
for (const theme of ["dark", "light"]) await visit(theme);
