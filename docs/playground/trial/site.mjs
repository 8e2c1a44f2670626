// Serves a folder below a path, as a project's pages are served, and counts what was asked for; another folder is a release.
// It is also the proxy of the browser: what anything in it asks of other hosts, workers too, comes here and is kept.
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { gzipSync } from "node:zlib";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".json": "application/json", ".wasm": "application/wasm", ".svg": "image/svg+xml" };

// What Chromium asks its maker by itself: what is new, how forms are filled in, whether one is logged in.
const BROWSER = /^(http:\/\/)?[\w.-]+\.(google|googleapis)\.com[:/]/;

export async function serve(folder, prefix) {
  const site = { folder, asked: new Map(), elsewhere: [] };
  const { asked, elsewhere } = site;
  const keep = (address) => BROWSER.test(address) || elsewhere.push(address);
  const server = createServer((request, response) => {
    if (!request.url.startsWith("/")) {
      keep(request.url);
      response.writeHead(502).end();
      return;
    }
    const { pathname } = new URL(request.url, "http://localhost");
    const name = pathname.startsWith(prefix) ? pathname.slice(prefix.length) || "index.html" : "";
    const file = path.join(site.folder, name);
    if (!name || name.includes("..") || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[path.extname(file)];
    const head = { "content-type": type ?? "application/octet-stream", "cache-control": "max-age=600" };
    const body = type ? gzipSync(readFileSync(file)) : readFileSync(file);
    if (type) head["content-encoding"] = "gzip";
    const { bytes, times } = asked.get(name) ?? { bytes: 0, times: 0 };
    asked.set(name, { bytes: bytes + body.length, times: times + 1 });
    response.writeHead(200, head).end(body);
  });
  server.on("connect", (request, socket) => {
    keep(request.url);
    socket.destroy();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return Object.assign(site, { address: `http://127.0.0.1:${port}${prefix}`, proxy: `127.0.0.1:${port}`, stop: () => (server.closeAllConnections(), server.close()) });
}
