// Serves a folder below a path, as a project's pages are served, and counts what was asked for; another folder is a release.
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { gzipSync } from "node:zlib";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".json": "application/json", ".wasm": "application/wasm", ".svg": "image/svg+xml" };

export async function serve(folder, prefix) {
  const site = { folder, asked: new Map() };
  const { asked } = site;
  const server = createServer((request, response) => {
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
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return Object.assign(site, { address: `http://127.0.0.1:${port}${prefix}`, stop: () => (server.closeAllConnections(), server.close()) });
}
