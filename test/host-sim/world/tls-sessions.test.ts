import { Buffer } from "node:buffer";
import { describe, expect, test } from "@jest/globals";
import { KeptSessions } from "../../../firmware/device/tls-sessions.js";
import { asFailure } from "../../../firmware/platform/failure.js";
import type { TlsOptions } from "../../../firmware/platform/tls.js";
import { BoardMemory } from "../../../host-sim/platform/reset-memory.js";
import { modelTls } from "../../../host-sim/world/tls-client.js";
import type { TicketPolicy } from "../../../host-sim/world/tls-server.js";
import { fingerprint } from "../../../host-sim/world/tls-verdict.js";
import type { TlsVersion } from "../../../host-sim/world/tls-wire.js";
import { VirtualWorld } from "../../../host-sim/world/virtual-world.js";
import { EchoCore, policy } from "./echo.js";

const [ROOT, OTHER] = [Uint8Array.of(0x30, 1), Uint8Array.of(0x30, 2)];
const HOST = "broker.eu.example";
const DAY_MS = 86_400_000;

/** A server, and a client that keeps its sessions. Each visit says whether it was resumed, and how many bytes it took. */
function build(options: { version?: TlsVersion; tickets?: TicketPolicy; validMs?: number } = {}) {
  const world = new VirtualWorld({ seed: 1 });
  const state = { tickets: options.tickets ?? ("resume" as TicketPolicy), shows: "server" };
  const certificate = {
    names: [HOST, "other.example"],
    notBefore: world.now - DAY_MS,
    notAfter: world.now + (options.validMs ?? 300 * DAY_MS),
    rootFingerprint: fingerprint(ROOT),
  };
  const server = world.server({
    core: new EchoCore(),
    at: [HOST, "other.example"].map((host) => ({ host, port: 443 })),
    tls: {
      policy: {
        clientHello: (offer) => {
          const decision = policy(["mqtt", "h2"]).clientHello(offer);
          return "alert" in decision ? decision : { ...decision, certificate: state.shows };
        },
      },
      certificates: { server: certificate, stranger: { ...certificate, rootFingerprint: "another's" } },
      version: options.version ?? "1.3",
      tickets: () => state.tickets,
    },
  });
  const desk = world.host("desk", "127.16.0.1");
  let moved = 0;
  const TCP = class extends desk.TCP {
    override read(most?: number) {
      const bytes = super.read(most);
      moved += bytes?.byteLength ?? 0;
      return bytes;
    }
    override write(bytes: Uint8Array) {
      moved += bytes.byteLength;
      return super.write(bytes);
    }
  };
  const seen: boolean[] = [];
  const slots = new BoardMemory().slots(() => true);
  const kept = new KeptSessions(slots, { resumed: () => {} });
  const sessions = {
    take: (host: string) => kept.take(host),
    keep: (host: string, session: Uint8Array) => kept.keep(host, session),
    opened: (resumed: boolean) => {
      seen.push(resumed);
      kept.opened(resumed);
    },
  };
  const TLS = modelTls();
  const visit = async (host = HOST, secure: Partial<TlsOptions["secure"]> = {}) => {
    const before = { seen: seen.length, moved };
    let verdict: string | undefined;
    const stream = new TLS({
      host,
      port: 443,
      TCP: { io: TCP },
      secure: { serverName: host, roots: [ROOT], clock: desk.clock, sessions, ...secure },
      onWritable: () => void stream.write(Buffer.from("ping")),
      onReadable: () => {
        verdict = "ok";
      },
      onError: (error) => {
        verdict = asFailure(error).code;
      },
    });
    await world.run(() => verdict !== undefined, 60_000);
    stream.close();
    await world.run(1_000);
    return { verdict, resumed: seen[before.seen], bytes: moved - before.moved };
  };
  return { world, state, visit, sessions, server };
}

describe.each(["1.2", "1.3"] as const)("a modelled session of TLS %s", (version) => {
  test("is resumed by a server that does so, without its chain", async () => {
    const { visit } = build({ version });
    const full = await visit();
    expect(full).toMatchObject({ verdict: "ok", resumed: false });
    expect(full.bytes).toBeGreaterThan(4_500);
    for (let i = 0; i < 3; i++) {
      const again = await visit();
      expect(again).toMatchObject({ verdict: "ok", resumed: true });
      expect(again.bytes).toBeLessThan(1_400);
    }
  });

  test("that a server refuses costs a full handshake in the same connection, and no more", async () => {
    const { state, visit } = build({ version });
    await visit();
    state.tickets = "refuse";
    const refused = await visit();
    expect(refused).toMatchObject({ verdict: "ok", resumed: false });
    expect(refused.bytes).toBeGreaterThan(4_500);
    state.tickets = "resume";
    expect((await visit()).resumed).toBe(true);
  });

  test("is none where the server gives none", async () => {
    const { visit } = build({ version, tickets: "none" });
    for (let i = 0; i < 3; i++) expect((await visit()).resumed).toBe(false);
  });

  test("is offered to no other host, name, root or protocol", async () => {
    const { visit, sessions } = build({ version });
    const others: [string, Partial<TlsOptions["secure"]>][] = [
      ["other.example", {}],
      [HOST, { serverName: "other.example" }],
      [HOST, { roots: [ROOT, OTHER] }],
      [HOST, { applicationLayerProtocolNegotiation: ["mqtt"] }],
    ];
    for (const [host, secure] of others) {
      await visit();
      expect(await visit(host, secure)).toMatchObject({ verdict: "ok", resumed: false });
    }
    await visit();
    // Trust ends with the root: what it was given under it does not last longer.
    expect(await visit(HOST, { roots: [OTHER] })).toMatchObject({ verdict: "tls-untrusted" });
    // Another host's session in its place is still another host's.
    await visit();
    const session = sessions.take(HOST)!;
    expect((await visit("other.example", { sessions: { ...sessions, take: () => session } })).resumed).toBe(false);
  });

  test("does not hide that another server answers by now", async () => {
    const { state, visit } = build({ version });
    await visit();
    state.shows = "stranger";
    expect(await visit()).toMatchObject({ verdict: "tls-untrusted" });
    state.shows = "server";
    expect(await visit()).toMatchObject({ verdict: "ok", resumed: false });
  });

  test("is not gone on from once a certificate behind it has expired, nor when its ticket is old", async () => {
    const expiring = build({ version, validMs: 2 * 3_600_000 });
    await expiring.visit();
    await expiring.world.run(3 * 3_600_000);
    expect(await expiring.visit()).toMatchObject({ verdict: "tls-expired" });
    const { world, visit } = build({ version });
    await visit();
    await world.run(2 * DAY_MS);
    expect(await visit()).toMatchObject({ verdict: "ok", resumed: false });
  });
});
