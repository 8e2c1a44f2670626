// Answers requests of python/page.py, one JSON document a line, with the engine of a built page;
// a request { code, given } runs code of a test instead. node engine.mjs FOLDER
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = path.resolve(process.argv[2]);
const assets = path.join(folder, readdirSync(folder).find((name) => name.startsWith("assets-")));
const load = (name) => import(pathToFileURL(path.join(assets, name)));
const [{ loadPyodide }, { startEngine }] = [await load("pyodide.mjs"), await load("engine.js")];
const read = async (name) => new Uint8Array(readFileSync(path.join(assets, name)));
const { answer, python } = await startEngine({ loadPyodide, read, options: { indexURL: `${assets}/` } });

for await (const line of createInterface({ input: process.stdin })) {
  const ask = JSON.parse(line);
  const start = performance.now();
  const cpu = process.cpuUsage();
  let told;
  try {
    if (ask.code) {
      python.globals.set("given", JSON.stringify(ask.given));
      told = JSON.parse(python.runPython(ask.code));
    } else told = answer(ask);
  } catch (error) {
    told = { failed: String(error.message ?? error) };
  }
  const { user, system } = process.cpuUsage(cpu);
  const took = { ms: performance.now() - start, cpu: (user + system) / 1000 };
  process.stdout.write(`${JSON.stringify({ told, took })}\n`);
}
