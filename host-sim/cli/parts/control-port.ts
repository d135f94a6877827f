// The control port: JSON lines in, an answer for each, and what the modems tell of themselves. See modem/control.ts.

import { type AddressInfo, createServer, type Socket } from "node:net";
import { ControlError, control } from "../../modem/control.js";
import type { NodeModem } from "../../modem/node-modem.js";
import type { Sim7080 } from "../../modem/sim7080.js";
import type { Address } from "./address.js";

/** Longest line; a client that sends a longer one is cut off. */
const LINE_LIMIT = 16_384;
const CLIENTS_MAX = 16;

/** A modem and its carrier. */
export interface Controlled {
  core: Sim7080;
  modem: NodeModem;
}

export interface ControlPort {
  address: AddressInfo;
  /** Tells all clients, e.g. of a message that a modem has sent. */
  tell(event: Readonly<Record<string, unknown>>): void;
  close(): Promise<void>;
}

/** The one of several that a wish means: `modem` in it, 1 being the first. @throws ControlError */
export function chosen<T>(modems: readonly T[], wish: unknown): T {
  const number = (wish as { modem?: unknown } | null)?.modem ?? 1;
  const found = typeof number === "number" ? modems[number - 1] : undefined;
  if (!found) throw new ControlError(`modem must be a number from 1 to ${modems.length}`);
  return found;
}

/** Does a wish. @throws ControlError */
export function obey(modems: readonly Controlled[], wish: unknown): Readonly<Record<string, unknown>> {
  const { core, modem } = chosen(modems, wish);
  let answer: Readonly<Record<string, unknown>> = { ok: true };
  modem.run((now) => {
    const { actions, state } = control(core, wish, now);
    if (state) answer = { ok: true, state };
    return actions;
  });
  return answer;
}

/** Serves the port. @throws Error (as a rejection) with Node's code, e.g. EADDRINUSE */
export function openControlPort({ host, port }: Address, modems: readonly Controlled[]): Promise<ControlPort> {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    if (clients.size === CLIENTS_MAX) {
      client.destroy();
      return;
    }
    clients.add(client);
    let waiting = "";
    client.setEncoding("utf8");
    client.on("data", (text: string) => {
      waiting += text;
      const lines = waiting.split("\n");
      waiting = lines.pop()!;
      for (const line of lines) if (line.trim() !== "") client.write(`${JSON.stringify(answerTo(modems, line))}\n`);
      if (waiting.length > LINE_LIMIT) client.destroy();
    });
    client.on("error", () => {});
    client.on("close", () => clients.delete(client));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      resolve({
        address: server.address() as AddressInfo,
        tell: (event) => {
          for (const client of clients) client.write(`${JSON.stringify(event)}\n`);
        },
        close: () => {
          for (const client of clients) client.destroy();
          return new Promise((closed) => server.close(() => closed()));
        },
      });
    });
  });
}

function answerTo(modems: readonly Controlled[], line: string): Readonly<Record<string, unknown>> {
  try {
    return obey(modems, JSON.parse(line));
  } catch (error) {
    if (error instanceof ControlError) return { ok: false, error: error.message };
    if (error instanceof SyntaxError) return { ok: false, error: "no JSON" };
    throw error;
  }
}
