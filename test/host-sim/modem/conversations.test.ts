// The conversations of real drivers, line for line, against the modem: no line that the manual has is refused, and each
// answer has the form that the driver parses. See conversations/.

import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { Aedes } from "aedes";
import type { Conversation, Peer } from "./conversations/conversation.js";
import * as others from "./conversations/others.js";
import * as tinygsm from "./conversations/tinygsm.js";
import * as zephyr from "./conversations/zephyr.js";
import { ftpServer } from "./ftp-server.js";
import { terminal } from "./terminal.js";

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function listening(server: Server): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return (server.address() as AddressInfo).port;
}

const PEERS: Record<Peer, () => Promise<number>> = {
  echo: () => listening(createServer((socket) => void socket.pipe(socket))),
  ftp: async () => {
    const server = await ftpServer({ "/files/readings.csv": "21.5\n22.0\n" });
    open.push(server);
    return server.port;
  },
  web: () => listening(createHttp((_, response) => void response.end("web"))),
  broker: async () => {
    const aedes = await Aedes.createBroker();
    open.push({ close: () => new Promise<void>((resolve) => aedes.close(() => resolve())) });
    return listening(createServer(aedes.handle));
  },
};

const all: Conversation[] = [...Object.values(tinygsm), ...Object.values(others), ...Object.values(zephyr)];

test.each(all.map((conversation) => [conversation.driver, conversation] as const))("%s", async (_, conversation) => {
  const hosts: Record<string, number> = {};
  for (const [name, peer] of Object.entries(conversation.hosts)) hosts[name] = await PEERS[peer]();
  const line = await terminal(hosts, { identity: conversation.identity, fresh: true });
  open.push(line);
  let last = "";
  try {
    for (const [sends, waitsFor] of conversation.exchanges) {
      last = typeof sends === "string" ? sends : sends.raw;
      line.type(typeof sends === "string" ? sends + conversation.lineEnd : sends.raw);
      const heard = await line.until(waitsFor);
      if (!waitsFor.source.includes("ERROR")) expect(heard).not.toContain("ERROR");
    }
  } catch (error) {
    throw new Error(`after ${JSON.stringify(last)}: ${(error as Error).message}`);
  }
});
