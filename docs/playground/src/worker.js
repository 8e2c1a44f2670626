// Runs k8slint apart from the page: a request is { id, ask }, its answer { id, answer, took }.
import { loadPyodide } from "./pyodide.mjs";
import { startEngine } from "./engine.js";

const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0); // The shortest module there is.
const WAYS_OUT = ["fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "EventSource", "WebTransport", "caches", "Worker", "importScripts"];

async function read(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function start() {
  try {
    new WebAssembly.Module(EMPTY);
  } catch {
    throw new Error("this site or browser does not allow WebAssembly, which the playground runs k8slint in");
  }
  const engine = await startEngine({ loadPyodide, read, report: (stage) => postMessage({ stage }) });
  // All there is to load is here; what follows reads texts of strangers, and asks nobody.
  for (const way of WAYS_OUT) {
    for (let owner = self; owner; owner = Object.getPrototypeOf(owner)) delete owner[way];
    if (way in self) throw new Error(`${way} cannot be given up`);
  }
  postMessage({ stage: "Checking", isLoaded: true });
  return engine;
}

const started = start();
started.catch((error) => postMessage({ failed: error.message ?? String(error) }));

self.onmessage = async ({ data: { id, ask } }) => {
  const { answer } = await started;
  const start = performance.now();
  try {
    postMessage({ id, answer: answer(ask), took: performance.now() - start });
  } catch (error) {
    postMessage({ id, answer: { error: `k8slint failed: ${error.message ?? error}` }, broken: true });
  }
};
