// `--fault data-mode` on a run: the modem is on, and in a data call, when the firmware starts.

import { expect, test } from "@jest/globals";
import { openDesk } from "../../../../host-sim/cli/parts/desk.js";
import { selectFaults } from "../../../../host-sim/cli/parts/faults.js";

test("the modem begins in data mode, although a run's modem begins switched off", async () => {
  const desk = await openDesk({
    modem: { kind: "sim" },
    faults: selectFaults(["data-mode"]),
    delayScale: 0,
    outside: { host: "127.0.0.1", port: 1 },
    env: {},
  });
  try {
    const heard = await new Promise<number>((resolve) => {
      const port = new desk.Serial({
        baud: 115_200,
        onReadable: () => resolve((port.read() as Uint8Array | ArrayBuffer).byteLength),
      });
    });
    expect(heard).toBeGreaterThan(0);
  } finally {
    await desk.close();
  }
});
