// What TCP/IP is reckoned to add, held against the packets that this machine's kernel counts on a real connection.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, test } from "@jest/globals";
import { CLOSE_COST, OPEN_COST, TRANSFER_COST } from "../../../../firmware/modem/sim7080/header-cost.js";
import { describeWith } from "../../../support/peers.js";
import { ECHO_HOST, ECHO_PORT, Rig } from "../rig.js";

/** RFC 791 §3.1 and RFC 9293 §3.1, without options. */
const HEADERS = 20 + 20;
/** Longest transfer of the modem, and so of a segment. */
const SEGMENT = 1_460;

/** Segments of both ways that the kernel has seen on the connection to `port` so far. */
function segments(port: number): number {
  const told = execFileSync("ss", ["-tinH", `dport = :${port}`], { encoding: "utf8" });
  const count = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(told)?.[1]);
  return count("segs_out") + count("segs_in");
}

/** A server that answers each piece with as many bytes as `answer` says, and a client's connection to it. */
async function connection(answer: (bytes: number) => number) {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (peer) => {
    peer.on("data", (bytes) => peer.write(Buffer.alloc(answer(bytes.length))));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(client, "connect");
  return { server, client, port };
}

/** Sends one piece and waits for the whole answer. @returns transfers that the modem would have had to make */
async function exchange(client: Socket, bytes: number, answer: number): Promise<number> {
  client.write(Buffer.alloc(bytes));
  let transfers = 1;
  for (let left = answer; left > 0; transfers++) {
    const [piece] = (await once(client, "data")) as [Buffer];
    left -= piece.length;
  }
  return transfers;
}

describeWith("ss", "on a connection of the kernel's", () => {
  test.each([
    ["records and their acknowledgements", 300, 33],
    ["keep-alive", 31, 31],
    ["a handshake's long answers", 517, SEGMENT],
  ])("%s take as many packets as are reckoned, or up to half as many less", async (_what, bytes, answer) => {
    const { server, client, port } = await connection(() => answer);
    const opening = segments(port);
    expect(opening).toBeLessThanOrEqual(3);
    expect(OPEN_COST).toBeGreaterThanOrEqual(opening * HEADERS);
    let transfers = 0;
    for (let i = 0; i < 200; i++) transfers += await exchange(client, bytes, answer);
    const moved = (segments(port) - opening) * HEADERS;
    const reckoned = transfers * TRANSFER_COST;
    expect(moved).toBeLessThanOrEqual(reckoned);
    expect(moved).toBeGreaterThanOrEqual(reckoned / 2);
    client.destroy();
    server.close();
  });
});

test("an end is a FIN and an ACK each way", () => {
  expect(CLOSE_COST).toBe(4 * HEADERS);
});

test("the modem's transfers, openings and ends are counted, a refused opening too", async () => {
  const rig = new Rig({ sim: { poweredOn: true } });
  await rig.settle(rig.modem.up());
  const headers = () => rig.modem.counters().airHeaderBytes;
  expect(headers()).toBe(0);
  const client = rig.client();
  await rig.world.run(() => client.room > 0, 60_000);
  expect(headers()).toBe(OPEN_COST + CLOSE_COST);
  client.write(new Uint8Array(200));
  await rig.world.run(() => client.count === 200, 60_000);
  expect(headers()).toBe(OPEN_COST + CLOSE_COST + 2 * TRANSFER_COST);
  const refused = rig.client(ECHO_HOST, ECHO_PORT + 1);
  await rig.world.run(() => refused.error !== undefined, 200_000);
  expect(headers()).toBe(2 * OPEN_COST + CLOSE_COST + 2 * TRANSFER_COST);
});
