import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { nativeTls } from "../../../../../firmware/platform/native/tls/stream.js";
import type { TlsOptions } from "../../../../../firmware/platform/tls.js";
import "../../../../../host-sim/cloud/node/reflect-metadata.js";
import { SERVER_NAME, TLS_TABLE } from "../../../../host-sim/platform/tls-table.js";
import { withNativeTls } from "../../../../support/tls-addon/require.js";
import { attempt, TlsLoopback } from "../../../../support/tls-loopback.js";

withNativeTls((Session) => {
  // A class of its own for each attempt: none goes on from another's session.
  const judge = (options: TlsOptions) => attempt(nativeTls(Session), options);
  let lab: TlsLoopback;

  beforeAll(async () => {
    lab = await TlsLoopback.create();
  });
  afterEach(() => lab.close());

  describe("the native TLS class", () => {
    test.each(TLS_TABLE)("$name: $verdict", async (row) => {
      const port = await lab.serveRow(row);
      expect(await judge(lab.client(port, row.client))).toEqual({ verdict: row.verdict, alpn: row.alpn });
    });

    test("trust ends at the first known key, though the root sent last is cross-signed by an unknown one", async () => {
      const extra = [await lab.authority.crossSigned(lab.stranger)];
      const port = await lab.serve(await lab.authority.serverIdentity([SERVER_NAME], { extra }));
      expect(await judge(lab.client(port))).toMatchObject({ verdict: "ok" });
    });

    test("takes a root as PEM too", async () => {
      const port = await lab.serve(await lab.authority.serverIdentity([SERVER_NAME]));
      const options = lab.client(port);
      options.secure.roots = [new TextEncoder().encode(lab.authority.rootPem)];
      expect(await judge(options)).toMatchObject({ verdict: "ok" });
    });

    test("a root that is no certificate is refused", async () => {
      const port = await lab.serve(await lab.authority.serverIdentity([SERVER_NAME]));
      const options = lab.client(port);
      options.secure.roots = [new Uint8Array([0x30, 0x03, 0x02, 0x01, 0x00])];
      expect((await judge(options)).verdict).not.toBe("ok");
    });
  });
});
