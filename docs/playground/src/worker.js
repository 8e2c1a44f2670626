// Runs k8slint apart from the page: a request is { id, ask }, its answer { id, answer, took }.
import { loadPyodide } from "./pyodide.mjs";
import { startEngine } from "./engine.js";

async function read(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

const started = startEngine({ loadPyodide, read, report: (stage) => postMessage({ stage }) }).then((engine) => {
  // All there is to load is here; what follows reads texts of strangers, and asks nobody.
  for (const way of ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport"]) {
    Object.defineProperty(self, way, { value: undefined });
  }
  return engine;
});
started.catch((error) => postMessage({ failed: String(error) }));

self.onmessage = async ({ data: { id, ask } }) => {
  const { answer } = await started;
  const start = performance.now();
  try {
    postMessage({ id, answer: answer(ask), took: performance.now() - start });
  } catch (error) {
    postMessage({ id, answer: { error: `k8slint failed: ${error.message ?? error}` }, broken: true });
  }
};
