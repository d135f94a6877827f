import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { nativeTls } from "../../firmware/platform/native/tls/stream.js";
import type { TlsClass } from "../../firmware/platform/tls.js";
import { NodeTLS } from "../../host-sim/platform/tls.js";
import { withNativeTls } from "../support/tls-addon/require.js";
import { TlsLoopback } from "../support/tls-loopback.js";
import { run } from "./attack.js";
import { TABLE } from "./table.js";

/** One column of the table. The titles are what support/table-reporter.js prints. */
function column(title: string, make: () => TlsClass): void {
  describe(title, () => {
    const labs = new Map<string, TlsLoopback>();
    beforeAll(async () => {
      for (const kind of ["p256", "rsa2048"] as const) labs.set(kind, await TlsLoopback.create(kind));
    });
    afterEach(async () => {
      for (const lab of labs.values()) await lab.close();
    });

    test.each(TABLE.map((attack) => ({ ...attack, expected: attack.verdict.join(" or ") })))(
      "$name: $expected",
      async (attack) => {
        expect(attack.verdict).toContain(await run(attack, labs.get(attack.kind ?? "p256")!, make()));
      },
    );
  });
}

describe("TLS attacks", () => {
  column("Node", () => NodeTLS);
  // A class of its own for each attempt: none goes on from another's session.
  withNativeTls((Session) => column("native", () => nativeTls(Session)));
});
