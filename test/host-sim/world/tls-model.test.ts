import { Buffer } from "node:buffer";
import { describe, expect, test } from "@jest/globals";
import { asFailure } from "../../../firmware/platform/failure.js";
import type { TlsStream } from "../../../firmware/platform/tls.js";
import type { ServerAction } from "../../../host-sim/world/core.js";
import { FAST } from "../../../host-sim/world/link.js";
import { fingerprint } from "../../../host-sim/world/tls-verdict.js";
import { encodeAlert } from "../../../host-sim/world/tls-wire.js";
import { VirtualWorld } from "../../../host-sim/world/virtual-world.js";
import { SERVER_NAME, TLS_TABLE, type TlsRow } from "../platform/tls-table.js";
import { EchoCore, policy } from "./echo.js";

const ROOT = Uint8Array.of(0x30, 1);

/** Sends some text to whoever comes, then closes. */
class RawCore extends EchoCore {
  readonly #text: string;

  constructor(text: string) {
    super();
    this.#text = text;
  }

  override open(connection: number): ServerAction[] {
    return [
      { do: "send", connection, bytes: Buffer.from(this.#text) },
      { do: "close", connection },
    ];
  }
}

function build({ server, client }: TlsRow, link = FAST) {
  const world = new VirtualWorld({ seed: 1 });
  const desk = world.host(
    "desk",
    "127.16.0.1",
    link,
    client.clock === "unset" ? {} : { wall: "true", skewMs: client.clock ?? 0 },
  );
  const core = server.raw === undefined ? new EchoCore() : new RawCore(server.raw);
  const certificate = {
    names: server.names ?? [SERVER_NAME],
    notBefore: world.now + (server.from ?? -86_400_000),
    notAfter: world.now + (server.to ?? 9e9),
    rootFingerprint: server.stranger ? "00" : fingerprint(ROOT),
  };
  const at = [{ host: "10.0.0.1", port: 443 }];
  const tls = {
    policy: policy(server.alpn),
    certificates: { server: certificate },
    version: server.highest ?? "1.3",
  } as const;
  return { world, desk, core, server: world.server(server.raw === undefined ? { core, at, tls } : { core, at }) };
}

async function attempt(row: TlsRow): Promise<{ verdict: string | undefined; alpn: string | undefined }> {
  const { world, desk } = build(row);
  const { client } = row;
  const outcome: { verdict: string | undefined; alpn: string | undefined } = { verdict: undefined, alpn: undefined };
  const stream: TlsStream = new desk.TLS({
    host: "10.0.0.1",
    port: 443,
    TCP: { io: desk.TCP },
    secure: {
      serverName: SERVER_NAME,
      applicationLayerProtocolNegotiation: client.alpn,
      requireAlpn: client.requireAlpn,
      roots: client.roots === "none" ? [] : [ROOT],
      clock: desk.clock,
    },
    onWritable: () => stream.write(Buffer.from("ping")),
    onReadable: () => {
      outcome.alpn = stream.alpn;
      outcome.verdict = "ok";
    },
    onError: (error) => {
      outcome.verdict = asFailure(error).code;
    },
  });
  await world.run(() => outcome.verdict !== undefined, 60_000);
  return outcome;
}

describe("modelled TLS", () => {
  test.each(TLS_TABLE)("$name: $verdict", async (row) => {
    expect(await attempt(row)).toEqual({ verdict: row.verdict, alpn: row.alpn });
  });

  test.each([
    { version: "1.3", roundTrips: 2 },
    { version: "1.2", roundTrips: 3 },
  ] as const)(
    "TLS $version opens after $roundTrips round trips, TCP's own included",
    async ({ version, roundTrips }) => {
      const row: TlsRow = { name: "", server: { highest: version }, client: {}, verdict: "ok" };
      const { world, desk } = build(row, { ...FAST, latencyMs: 50 });
      const start = world.now;
      let opened = false;
      new desk.TLS({
        host: "10.0.0.1",
        port: 443,
        TCP: { io: desk.TCP },
        secure: { serverName: SERVER_NAME, roots: [ROOT], clock: desk.clock },
        onWritable: () => {
          opened = true;
        },
      });
      expect(await world.run(() => opened, 60_000)).toBe(true);
      expect(world.now - start).toBe(roundTrips * 100);
    },
  );

  test("the server's core learns SNI, protocol and source address, and only after the handshake", async () => {
    const row: TlsRow = { name: "", server: { alpn: ["mqtt"] }, client: {}, verdict: "ok" };
    const { world, desk, core } = build(row);
    new desk.TLS({
      host: "10.0.0.1",
      port: 443,
      TCP: { io: desk.TCP },
      secure: {
        serverName: SERVER_NAME,
        applicationLayerProtocolNegotiation: ["mqtt"],
        roots: [ROOT],
        clock: desk.clock,
      },
    });
    await world.run(1000);
    expect(core.hellos).toEqual([{ sourceAddress: "127.16.0.1", sni: SERVER_NAME, alpn: "mqtt" }]);
  });

  test("an alert is its two bytes in a record", () => {
    expect([...encodeAlert("no_application_protocol")]).toEqual([21, 3, 3, 0, 2, 2, 120]);
  });
});
