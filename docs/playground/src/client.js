// The page's side of the worker: requests in their order, one at a time.

export class Engine {
  /** `onStage` is told what is being loaded, `onSlow` whether an answer is long overdue. */
  constructor({ onStage, onSlow, onFailure }) {
    Object.assign(this, { onStage, onSlow, onFailure });
    this.start();
  }

  start() {
    this.worker?.terminate();
    this.waiting = new Map();
    this.number = 0;
    this.isLoaded = false;
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module", name: "k8slint" });
    this.worker.onmessage = ({ data }) => this.take(data);
    this.worker.onerror = (event) => this.onFailure(event.message || "the worker could not be started");
  }

  /** Ask something; the promise of a request that a restart has ended never settles. */
  ask(request) {
    return new Promise((resolve, reject) => {
      const id = ++this.number;
      const slow = setTimeout(() => this.isLoaded && this.onSlow(true), 8_000);
      this.waiting.set(id, { resolve, reject, slow });
      this.worker.postMessage({ id, ask: request });
    });
  }

  take({ stage, failed, id, answer, took, broken }) {
    if (stage) return this.onStage(stage);
    if (failed || broken) return this.onFailure(failed ?? answer.error);
    this.isLoaded = true;
    const { resolve, reject, slow } = this.waiting.get(id);
    this.waiting.delete(id);
    clearTimeout(slow);
    this.onSlow(false);
    if (answer.error !== undefined && !answer.files) reject(new Error(answer.error));
    else resolve({ ...answer, took });
  }
}
