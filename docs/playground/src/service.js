// Keeps the page for use without a network. Assets are named by their content, so a kept one is right.
const KEPT = "k8slint-@assets";
const FILES = @files;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(KEPT);
      await cache.add(new Request("./", { cache: "no-cache" }));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith("k8slint-") && name !== KEPT);
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
  else if (name === "" || name === "index.html") event.respondWith(newest(event));
});

async function kept(event) {
  const cache = await caches.open(KEPT);
  return (await cache.match(event.request)) ?? fetchAndKeep(event, event.request);
}

async function newest(event) {
  try {
    return await fetchAndKeep(event, "./");
  } catch {
    const cache = await caches.open(KEPT);
    return (await cache.match("./")) ?? Response.error();
  }
}

async function fetchAndKeep(event, name) {
  const response = await fetch(event.request);
  if (response.ok) {
    const copy = response.clone();
    event.waitUntil(caches.open(KEPT).then((cache) => cache.put(name, copy)));
  }
  return response;
}
