import { describe, expect, test } from "@jest/globals";
import { connect, type Means } from "../../../firmware/cloud/connect.js";
import type { Plan } from "../../../firmware/cloud/plan.js";
import type { BufferLike, ByteStream, TcpOptions } from "../../../firmware/platform/io.js";
import type { TlsOptions } from "../../../firmware/platform/tls.js";
import { ManualTime, Wire } from "../http/fakes.js";

function setUp() {
  const wire = new Wire();
  const dialled: (TcpOptions | TlsOptions)[] = [];
  class Stream implements ByteStream {
    format = "buffer";
    readonly alpn = undefined;
    readonly #stream: ByteStream;
    constructor(options: TcpOptions | TlsOptions) {
      dialled.push(options);
      this.#stream = new wire.io(options);
    }
    read() {
      return this.#stream.read();
    }
    write(bytes: BufferLike) {
      return this.#stream.write(bytes);
    }
    close() {
      this.#stream.close();
    }
  }
  const clock = new ManualTime();
  const means: Means = {
    TCP: class extends Stream {},
    TLS: class extends Stream {},
    clock,
    random: (into) => into.fill(1),
  };
  const open = (plan: Pick<Plan, "host" | "port" | "tls" | "ws">) => {
    new (connect(plan, means))({});
    wire.connect();
    return dialled[0]!;
  };
  return { wire, means, open };
}

const tls = { serverName: "sni.test", alpn: "mqtt", requireAlpn: true, roots: [Uint8Array.of(1)] };

describe("a plan's connection", () => {
  test("without TLS is TCP to its host and port", () => {
    expect(setUp().open({ host: "a.test", port: 1883 })).toEqual({ host: "a.test", port: 1883 });
  });

  test("with TLS is stacked over TCP with all that is to be verified", () => {
    const { means, open } = setUp();
    expect(open({ host: "a.test", port: 443, tls })).toEqual({
      host: "a.test",
      port: 443,
      TCP: { io: means.TCP },
      secure: {
        serverName: "sni.test",
        applicationLayerProtocolNegotiation: ["mqtt"],
        requireAlpn: true,
        roots: tls.roots,
        clock: means.clock,
      },
    });
  });

  test.each([
    [443, "a.test"],
    [8443, "a.test:8443"],
  ])("with a WebSocket on port %i upgrades at %s, with its headers", (port, host) => {
    const { wire, open } = setUp();
    open({ host: "a.test", port, tls, ws: { path: "/mqtt", protocol: "mqtt", headers: [["token", "t"]] } });
    expect(wire.sent).toContain(`GET /mqtt HTTP/1.1\r\nHost: ${host}\r\ntoken: t\r\nUpgrade: websocket\r\n`);
  });
});
