// The door by which `simkey send` reaches a run: a port on loopback that wants to hear a token first, which stands in a file of
// the user's alone (home.ts). One line of JSON in, one out, and it closes.

import { randomBytes } from "node:crypto";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Door } from "./home.js";
import { isToken } from "./token.js";

const LOOPBACK = "127.0.0.1";
/** Longest line, and how many may be at the door at once. */
const LINE_LIMIT = 16_384;
const GUESTS_MAX = 16;
/** How long a line may take to come, and an answer: longer than a device's. In milliseconds. */
const LINE_MS = 5_000;
const ANSWER_MS = 40_000;

/** What a run says to a line. */
export type Answer = { ok: true; lines: readonly string[] } | { ok: false; error: string };

export interface OpenDoor extends Door {
  close(): void;
}

/** @throws Error (as a rejection) with Node's code where no port is to be had */
export function openDoor(obey: (line: string) => Promise<Answer>): Promise<OpenDoor> {
  const token = randomBytes(16).toString("hex");
  const guests = new Set<Socket>();
  const server = createServer((guest) => {
    if (guests.size === GUESTS_MAX) {
      guest.destroy();
      return;
    }
    guests.add(guest);
    guest.on("close", () => guests.delete(guest));
    guest.on("error", () => {});
    guest.setTimeout(ANSWER_MS, () => guest.destroy());
    void lineFrom(guest).then(async (text) => {
      const line = text === undefined ? undefined : askedBy(text, token);
      if (line === undefined) guest.destroy();
      else guest.end(`${JSON.stringify(await obey(line))}\n`);
    });
  });
  // A run ends when it ends, whoever stands at its door.
  server.unref();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: LOOPBACK, port: 0 }, () =>
      resolve({
        pid: process.pid,
        port: (server.address() as AddressInfo).port,
        token,
        close: () => {
          for (const guest of guests) guest.destroy();
          server.close();
        },
      }),
    );
  });
}

/** What a guest asks who knows the token. */
function askedBy(text: string, token: string): string | undefined {
  try {
    const given = JSON.parse(text) as { token?: unknown; line?: unknown };
    if (typeof given.token !== "string" || typeof given.line !== "string") return undefined;
    return isToken(given.token, token) ? given.line : undefined;
  } catch {
    return undefined;
  }
}

/** The first line that comes; undefined: none does, or one that is too long. */
function lineFrom(socket: Socket): Promise<string | undefined> {
  socket.setEncoding("utf8");
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve(undefined), LINE_MS).unref();
    const settle = (line: string | undefined) => {
      clearTimeout(limit);
      resolve(line);
    };
    let text = "";
    socket.on("data", (more: string) => {
      text += more;
      const end = text.indexOf("\n");
      if (end >= 0) settle(text.slice(0, end));
      else if (text.length > LINE_LIMIT) settle(undefined);
    });
    socket.on("close", () => settle(undefined));
    socket.on("end", () => settle(undefined));
  });
}

/** Asks at a run's door. @throws Error where it does not answer */
export async function askAt({ port, token, pid }: Door, line: string): Promise<Answer> {
  const socket = connect({ host: LOOPBACK, port });
  socket.setEncoding("utf8");
  let text = "";
  socket.on("data", (more: string) => {
    text += more;
  });
  await new Promise<void>((resolve) => {
    socket.once("connect", () => socket.write(`${JSON.stringify({ token, line })}\n`));
    socket.once("error", () => resolve());
    socket.once("close", () => resolve());
  });
  try {
    return JSON.parse(text) as Answer;
  } catch {
    throw new Error(`the run ${pid} does not answer; it may have ended`);
  }
}
