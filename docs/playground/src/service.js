// Keeps the page for use without a network. Assets are named by their content, so a kept one is right.
const OURS = `k8slint ${self.registration.scope} `; // Other pages of this origin have caches, too.
const KEPT = `${OURS}@assets`;
const FILES = @files;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(KEPT);
      await cache.add(new Request("./", { cache: "no-cache" }));
      // On the first visit the page is loading them; a release takes the place of the last one as a whole.
      if (self.registration.active) await cache.addAll(FILES);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== KEPT);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

// What the page loaded before this was there is asked for once more, mostly from the browser's own cache.
self.addEventListener("message", (event) => {
  if (event.data === "keep") {
    event.waitUntil(
      (async () => {
        const cache = await caches.open(KEPT);
        for (const name of FILES) if (!(await cache.match(name))) await cache.add(name);
        for (const client of await self.clients.matchAll()) client.postMessage("kept");
      })(),
    );
  }
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const scope = new URL(self.registration.scope);
  if (event.request.method !== "GET" || url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return;
  const name = url.pathname.slice(scope.pathname.length);
  if (FILES.includes(name)) event.respondWith(kept(event));
  else if (name === "" || name === "index.html") event.respondWith(newest());
});

async function kept(event) {
  const cache = await caches.open(KEPT);
  const found = await cache.match(event.request);
  if (found) return found;
  const response = await fetch(event.request);
  if (response.ok) event.waitUntil(cache.put(event.request, response.clone()));
  return response;
}

// Never the browser's copy, which may name assets that a release has removed. The kept page stays the one
// that was installed with these assets.
async function newest() {
  try {
    return await fetch("./", { cache: "no-cache" });
  } catch {
    const cache = await caches.open(KEPT);
    return (await cache.match("./")) ?? Response.error();
  }
}
