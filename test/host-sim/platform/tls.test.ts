import { constants } from "node:crypto";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import "../../../host-sim/cloud/node/reflect-metadata.js";
import { NodeTLS } from "../../../host-sim/platform/tls.js";
import { attempt, TlsLoopback } from "../../support/tls-loopback.js";
import { SERVER_NAME, TLS_TABLE } from "./tls-table.js";

let lab: TlsLoopback;

beforeAll(async () => {
  lab = await TlsLoopback.create();
});
afterEach(() => lab.close());

describe("Node's TLS class", () => {
  test.each(TLS_TABLE)("$name: $verdict", async (row) => {
    const port = await lab.serveRow(row);
    expect(await attempt(NodeTLS, lab.client(port, row.client))).toEqual({ verdict: row.verdict, alpn: row.alpn });
  });

  test("trust ends at the first known key, though the root sent last is cross-signed by an unknown one", async () => {
    const extra = [await lab.authority.crossSigned(lab.stranger)];
    const port = await lab.serve(await lab.authority.serverIdentity([SERVER_NAME], { extra }));
    expect(await attempt(NodeTLS, lab.client(port))).toMatchObject({ verdict: "ok" });
  });

  test("the cross-signed form of a root will do as an anchor too: its name and key are known", async () => {
    const crossSigned = await lab.authority.crossSigned(lab.stranger);
    const port = await lab.serve(await lab.authority.serverIdentity([SERVER_NAME]));
    const options = lab.client(port);
    options.secure.roots = [new Uint8Array(crossSigned.rawData)];
    expect(await attempt(NodeTLS, options)).toMatchObject({ verdict: "ok" });
  });

  test("neither the system's roots nor an environment that turns verification off are heeded", async () => {
    const port = await lab.serve(await lab.stranger.serverIdentity([SERVER_NAME]));
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    try {
      expect(await attempt(NodeTLS, lab.client(port))).toMatchObject({ verdict: "tls-untrusted" });
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });

  test("a root that is no certificate is refused", async () => {
    const port = await lab.serve(await lab.authority.serverIdentity([SERVER_NAME]));
    const options = lab.client(port);
    options.secure.roots = [Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x00)];
    expect(await attempt(NodeTLS, options)).toMatchObject({ verdict: "tls-untrusted" });
  });

  test.each([
    ["TLSv1.2", false, true],
    ["TLSv1.2", true, false],
    ["TLSv1.3", false, true],
  ] as const)("tells of a ticket of %s, offers none itself; told to give none: %s", async (maxVersion, none, gives) => {
    const port = await lab.serve(await lab.authority.serverIdentity([SERVER_NAME]), {
      maxVersion,
      ...(none && { secureOptions: constants.SSL_OP_NO_TICKET }),
    });
    const kept: string[] = [];
    const options = lab.client(port);
    options.secure.sessions = {
      take: () => undefined,
      keep: (host) => void kept.push(host),
      opened: (resumed) => expect(resumed).toBe(false),
    };
    for (let i = 0; i < 2; i++) expect(await attempt(NodeTLS, options)).toMatchObject({ verdict: "ok" });
    expect(new Set(kept)).toEqual(new Set(gives ? ["127.0.0.1"] : []));
  });
});
