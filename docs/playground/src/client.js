// The page's side of the worker: requests in their order, one at a time.

const PATIENCE = 8; // Seconds, counted one by one: a page that was busy itself has waited for one.

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
    this.worker.onerror = (event) => this.onFailure(event.message || "its files cannot be loaded; reload the page");
  }

  /** Ask something; the promise of a request that a restart has ended never settles. */
  ask(request) {
    return new Promise((resolve, reject) => {
      const id = ++this.number;
      this.waiting.set(id, { resolve, reject });
      if (this.isLoaded) this.look(id, PATIENCE);
      this.worker.postMessage({ id, ask: request });
    });
  }

  /** Say so if there is no answer after some seconds. */
  look(id, seconds, waited = this.waiting.get(id)) {
    if (!waited || waited !== this.waiting.get(id)) return;
    if (seconds) setTimeout(() => this.look(id, seconds - 1, waited), 1_000);
    else this.onSlow(true);
  }

  /** Loading takes as long as it takes; what has waited for it is looked at from now on. */
  startPatience() {
    this.isLoaded = true;
    for (const id of this.waiting.keys()) this.look(id, PATIENCE);
  }

  take({ stage, isLoaded = false, failed, id, answer, took, broken }) {
    if (isLoaded) this.startPatience();
    if (stage) return this.onStage(stage);
    if (failed || broken) return this.onFailure(failed ?? answer.error);
    const { resolve, reject } = this.waiting.get(id);
    this.waiting.delete(id);
    this.onSlow(false);
    if (answer.error !== undefined && !answer.files) reject(new Error(answer.error));
    else resolve({ ...answer, took });
  }
}
