// The download of an update from node:https, over real TLS and the simulated modem's sockets, in real time: what the server
// hears of ranges, and what the device makes of a connection that ends, and of a file that is another all of a sudden.

import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { createModem } from "../../firmware/modem/modem.js";
import { linkSettings } from "../../firmware/modem/sim7080/config.js";
import type { LogFields } from "../../firmware/platform/events.js";
import type { UpdatePlatform } from "../../firmware/platform/update.js";
import { configure } from "../../firmware/settings/configure.js";
import { readRecord } from "../../firmware/update/memory.js";
import type { UpdateOwner } from "../../firmware/update/owner.js";
import { UpdateRunner } from "../../firmware/update/runner.js";
import { CertificateAuthority } from "../../host-sim/cloud/node/ca.js";
import { NodeModem } from "../../host-sim/modem/node-modem.js";
import { Sim7080 } from "../../host-sim/modem/sim7080.js";
import { nodeClock, nodeTimer } from "../../host-sim/platform/clock.js";
import { NorFlash } from "../../host-sim/platform/nor-flash.js";
import { serialOver } from "../../host-sim/platform/serial.js";
import { nodeRandom } from "../../host-sim/platform/system.js";
import { NodeTLS } from "../../host-sim/platform/tls.js";
import { MemoryKeyValue } from "../../host-sim/world/key-value.js";
import { payloadFor, releaseKey, signed, verifyByNode } from "../support/updates.js";

const HOST = "updates.test";
const SECTOR = 4096;
const SIM = 7;
const key = releaseKey("release-1");
const authority = await CertificateAuthority.create("Test root", Date.now());
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

/** What node:https serves, and what it was asked for: the range, and the answer's status. */
interface Served {
  file: Uint8Array;
  etag: string;
  /** The next answer's connection ends after so many bytes of it. */
  cutAfter?: number | undefined;
  requests: string[];
}

async function serve(served: Served, by = authority): Promise<number> {
  const { chainPem, keyPem } = await by.serverIdentity([HOST]);
  const server: Server = createServer({ cert: chainPem, key: keyPem }, (request, response) => {
    const { range } = request.headers;
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const { file, etag, cutAfter } = served;
    const head = { ETag: etag, "Content-Length": file.length - from, "Accept-Ranges": "bytes" };
    const status = range === undefined ? 200 : 206;
    const ranged = { "Content-Range": `bytes ${from}-${file.length - 1}/${file.length}` };
    served.requests.push(`${request.method} ${request.url} ${range ?? "whole"} ${status}`);
    response.writeHead(status, { ...head, ...(status === 206 && ranged) });
    served.cutAfter = undefined;
    if (cutAfter === undefined) response.end(file.subarray(from));
    else response.write(file.subarray(from, from + cutAfter), () => request.socket.destroySoon());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push({
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  });
  return (server.address() as AddressInfo).port;
}

/** A board whose modem leads to that port, online; `life` is the firmware after a start. */
async function board(port: number) {
  const core = new Sim7080({ delayScale: 0, poweredOn: true, sim: SIM });
  const names = { lookup: (host: string) => (host === HOST ? { host: "127.0.0.1", port } : undefined) };
  const modem = new NodeModem(core, { names, sim: SIM });
  open.push(modem);
  const clock = nodeClock("system");
  const keyValue = new MemoryKeyValue();
  const target = new NorFlash({ blocks: 32 });
  const told: string[] = [];
  const codes: unknown[] = [];
  const log = (_: string, event: string, fields: LogFields = {}) => {
    if (event === "update-window-over") codes.push(fields.code ?? "whole");
  };
  const Serial = serialOver(() => modem.uart);
  const config = configure({ updateHost: HOST, updateRoots: "build" });
  const platform = { clock, timer: nodeTimer, log, keyValue };
  const link = createModem({ ...platform, Serial, ...linkSettings(config) });
  await link.up();
  open.push({ close: () => link.down() });
  const update: UpdatePlatform = {
    ...{ running: target, target, keys: [key], roots: [authority.rootDer], verify: verifyByNode },
    identity: { seq: 1, version: "1.0.0", board: "esp32-breakout", chip: "esp32", layout: "4m" },
    ...{ state: () => "valid", setBoot: () => {}, markValid: () => {}, markInvalid: () => {} },
    sha256: () => {
      const hash = createHash("sha256");
      return { update: (bytes) => void hash.update(bytes), digest: () => new Uint8Array(hash.digest()) };
    },
  };
  const owner: UpdateOwner = {
    ...{ iccid: undefined, reset: undefined },
    means: () => ({ TCP: link.TCP, TLS: NodeTLS, clock, random: nodeRandom }),
    airBytes: () => link.counters().airRxBytes + link.counters().airTxBytes,
    day: () => "ok",
    report: ({ state, reason }) => told.push(reason === undefined ? state : `${state} ${reason}`),
    appAllows: () => true,
    ...{ askHealth: () => {}, onWindow: () => {}, onReady: () => {}, onUndo: () => {} },
  };
  const life = () => {
    const runner = new UpdateRunner({ platform, update, config, owner });
    open.push({ close: () => runner.offline() });
    runner.begin();
    runner.online();
    return runner;
  };
  return { life, told, codes, target, record: () => readRecord(keyValue)! };
}

const manifestFor = async (file: Uint8Array) =>
  Buffer.from(await signed({ ...payloadFor(file), url: `https://${HOST}/7/image.bin` }, key));

test("a download that node:https ends in the middle goes on by a range after the next start, from whole sectors", async () => {
  const file = new Uint8Array(randomBytes(5 * SECTOR + 1234));
  const served: Served = { file, etag: '"a"', cutAfter: 3 * SECTOR + 100, requests: [] };
  const { life, told, codes, target, record } = await board(await serve(served));
  const first = life();
  expect(first.take(await manifestFor(file), false)).toBeUndefined();
  await first.window();
  expect(record()).toMatchObject({ stage: "fetching", done: 3 * SECTOR });
  first.offline();

  const second = life();
  await second.window();
  expect(served.requests).toEqual(["GET /7/image.bin whole 200", `GET /7/image.bin bytes=${3 * SECTOR}- 206`]);
  expect(codes).toEqual(["http-truncated", "whole"]);
  expect(record()).toMatchObject({ stage: "ready", done: file.length });
  expect(Buffer.from(target.read(file.length, 0)).equals(file)).toBe(true);
  expect(told).toEqual(["accepted"]);
  expect(second.wants(true)).toBe("restart");
}, 30_000);

test("a file with another ETag is not gone on with: it begins anew, once", async () => {
  const file = new Uint8Array(randomBytes(4 * SECTOR));
  const served: Served = { file, etag: '"a"', cutAfter: 2 * SECTOR + 1, requests: [] };
  const { life, codes, target, record } = await board(await serve(served));
  const runner = life();
  runner.take(await manifestFor(file), false);
  await runner.window();
  expect(record().done).toBe(2 * SECTOR);

  served.etag = '"b"';
  await runner.window();
  expect(record()).toMatchObject({ stage: "fetching", done: 0, overs: 1 });
  await runner.window();
  expect(served.requests.map((line) => line.split(" ").slice(2).join(" "))).toEqual([
    "whole 200",
    `bytes=${2 * SECTOR}- 206`,
    "whole 200",
  ]);
  expect(codes.slice(1)).toEqual(["update-changed", "whole"]);
  expect(record().stage).toBe("ready");
  expect(Buffer.from(target.read(file.length, 0)).equals(file)).toBe(true);
}, 30_000);

test("a server that another root vouches for is asked for nothing", async () => {
  const file = new Uint8Array(randomBytes(SECTOR));
  const served: Served = { file, etag: '"a"', requests: [] };
  const stranger = await CertificateAuthority.create("Another root", Date.now());
  const { life, codes, record } = await board(await serve(served, stranger));
  const runner = life();
  runner.take(await manifestFor(file), false);
  await runner.window();
  expect(served.requests).toEqual([]);
  expect(codes).toEqual([expect.stringMatching(/^tls-/)]);
  expect(record()).toMatchObject({ stage: "fetching", done: 0, fruitless: 1 });
}, 30_000);
