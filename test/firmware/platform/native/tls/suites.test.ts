// What the native TLS class does not speak, though the server would: each is refused within the handshake.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { nativeTls } from "../../../../../firmware/platform/native/tls/stream.js";
import { SERVER_NAME } from "../../../../host-sim/platform/tls-table.js";
import { withNativeTls } from "../../../../support/tls-addon/require.js";
import { attempt, TlsLoopback } from "../../../../support/tls-loopback.js";

withNativeTls((Session) => {
  let lab: TlsLoopback;

  beforeAll(async () => {
    lab = await TlsLoopback.create("rsa2048");
  });
  afterEach(() => lab.close());
  afterAll(() => lab.close());

  /** A server that speaks TLS 1.2 with one suite only. */
  const verdictOf = async (suite: string) => {
    const identity = await lab.authority.serverIdentity([SERVER_NAME]);
    const port = await lab.serve(identity, { maxVersion: "TLSv1.2", ciphers: `${suite}:@SECLEVEL=0` });
    return (await attempt(nativeTls(Session), lab.client(port))).verdict;
  };

  describe("the native TLS class", () => {
    test("speaks what has forward secrecy and AES-GCM", async () => {
      expect(await verdictOf("ECDHE-RSA-AES128-GCM-SHA256")).toBe("ok");
    });

    test.each([
      ["a key exchange without forward secrecy", "AES128-GCM-SHA256"],
      ["CBC", "ECDHE-RSA-AES128-SHA256"],
      ["CBC with SHA-1", "ECDHE-RSA-AES256-SHA"],
      ["finite-field Diffie-Hellman", "DHE-RSA-AES128-GCM-SHA256"],
      ["without encryption", "NULL-SHA256"],
    ])("does not speak %s: %s", async (_, suite) => {
      expect(await verdictOf(suite)).toBe("tls-alert");
    });
  });
});
