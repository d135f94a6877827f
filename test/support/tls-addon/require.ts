// Tests of the native TLS class: on a machine that cannot build it, they say so, and fail where SIMKEY_REQUIRE_PEERS is set.

import { expect, test } from "@jest/globals";
import type { TlsSessionClass } from "../../../firmware/platform/native/tls/session.js";
import { loadSession } from "./load.js";

/** Defines the tests of `define` with the native session class. */
export function withNativeTls(define: (Session: TlsSessionClass) => void): void {
  const Session = loadSession();
  if (typeof Session !== "string") {
    define(Session);
    return;
  }
  test(`left out: ${Session.split("\n")[0]}`, () => {
    expect(process.env.SIMKEY_REQUIRE_PEERS).toBeUndefined();
  });
}
