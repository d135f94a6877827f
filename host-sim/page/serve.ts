// Serves the page's folder on 127.0.0.1, and nowhere else.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

/** This machine's own address; the page is for nobody else. */
export const HERE = "127.0.0.1";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
};
/** Names of files of the folder: no path leads out of it. */
const FILE = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Headers of every answer. */
export const SAFE_HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
} as const;

export interface ServeOptions {
  /** With index.html in it. */
  folder: string;
  /** 0: any that is free. */
  port?: number;
}

export interface Served {
  url: string;
  close(): Promise<void>;
}

/** Offers a folder. */
export async function servePage({ folder, port = 0 }: ServeOptions): Promise<Served> {
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split(/[?#]/, 1)[0]!;
    void sendFile(folder, path === "/" ? "index.html" : path.slice(1), request, response);
  });
  return listening(server, port, "/");
}

/** Listens on this machine. @param path what the URL ends with */
export async function listening(server: Server, port: number, path: string): Promise<Served> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HERE, resolve);
  });
  const { port: given } = server.address() as AddressInfo;
  return {
    url: `http://${HERE}:${given}${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers with a file of the folder. @param change what is made of index.html */
export async function sendFile(
  folder: string,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = join(folder, name);
  const isThere =
    FILE.test(name) &&
    (await stat(path)
      .then((found) => found.isFile())
      .catch(() => false));
  if (!isThere || (request.method !== "GET" && request.method !== "HEAD")) {
    refuse(response, isThere ? 405 : 404);
    return;
  }
  response.writeHead(200, { ...SAFE_HEADERS, "Content-Type": TYPES[extname(name)] ?? "application/octet-stream" });
  if (request.method === "HEAD") response.end();
  else
    createReadStream(path)
      .on("error", () => response.destroy())
      .pipe(response);
}

/** Answers without saying more than it must. */
export function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { ...SAFE_HEADERS, "Content-Type": "text/plain; charset=utf-8" });
  response.end(`${status}\n`);
}
