// The SIM7070 is the SIM7080 with 2G: told apart by its name, and everything else as the tests of the SIM7080 have it.

import { describe, expect, test } from "@jest/globals";
import type { Command } from "../../../../firmware/modem/at/command.js";
import type { ModemOptions } from "../../../../firmware/modem/modem.js";
import { SIM7070 } from "../../../../firmware/modem/sim7070/model.js";
import { register } from "../../../../firmware/modem/sim7080/registration.js";
import type { ModemSession } from "../../../../firmware/modem/sim7080/session.js";
import type { Sim7080Options } from "../../../../host-sim/modem/sim7080.js";
import { iccidOf } from "../../../../host-sim/world/sims.js";
import { Rig } from "../rig.js";

const ONLY_2G = { rats: ["GSM"] } as const;

/** How the search ends for a modem whose states of registration stay the same. */
function registering(lte: number, gprs: number): Promise<string> {
  let now = 0;
  const channel = {
    waitFor: (_: unknown, ms: number) => ({
      // Nothing is told meanwhile.
      get said() {
        now += ms;
        return Promise.resolve(undefined);
      },
      cancel: () => {},
    }),
    run: async ({ text }: Command<unknown>) => (text === "AT+CEREG?" ? lte : text === "AT+CGREG?" ? gprs : undefined),
    check: () => {},
  };
  const session = { channel, clock: { monotonic: () => now }, model: SIM7070, report: () => {}, concatenates: false };
  return register(session as unknown as ModemSession).then(
    () => "registered",
    (error) => error.code,
  );
}

function bench(modem: Partial<ModemOptions>, sim: Sim7080Options, filter?: (line: string) => string): Rig {
  return new Rig({ modem, sim: { model: "SIM7070", ...sim }, ...(filter && { filter }) });
}

describe("a SIM7070", () => {
  test("comes online from cold, and its sockets work", async () => {
    const rig = bench({}, {});
    expect(await rig.settle(rig.modem.up())).toMatchObject({
      iccid: iccidOf(1),
      model: "SIMCOM_SIM7070G",
      firmware: "1951B16SIM7070",
      rat: "LTE-M",
      rsrpDbm: -103,
    });
    const client = rig.client();
    await rig.world.run(() => client.room > 0, 60_000);
    client.write(Buffer.from("hello"));
    await rig.world.run(() => client.count === 5, 60_000);
    expect(client.text).toBe("hello");
  });

  test("is online by 2G where there is nothing else", async () => {
    const rig = bench({ rat: "any" }, { network: ONLY_2G });
    const status = await rig.settle(rig.modem.up());
    expect(status).toMatchObject({ rat: "GSM", plmn: "262-02", band: "DCS 1800" });
    expect(status).not.toHaveProperty("rsrpDbm");
    const client = rig.client();
    await rig.world.run(() => client.room > 0, 60_000);
    expect(client.room).toBeGreaterThan(0);
  });

  test("hears of its registration with 2G at once, and is asked where the line is lost", async () => {
    const searching = { network: { ...ONLY_2G, registrationMs: 20_500 }, delayScale: 1 };
    const told = bench({}, searching);
    await told.settle(told.modem.up());
    expect(told.lines).toContain("< +CGREG: 5");
    const asked = bench({}, searching, (line) => line.replaceAll("+CGREG=1", "+CGREG=0"));
    await asked.settle(asked.modem.up());
    expect(asked.lines).not.toContain("< +CGREG: 5");
    expect(asked.lines).toContain("< +CGREG: 0,5");
  });

  test("is given up as denied only when no technology serves it", async () => {
    const rig = bench({}, { network: { access: "denied" } });
    await expect(rig.settle(rig.modem.up())).rejects.toMatchObject({ code: "registration-denied" });
  });

  test.each<[lte: number, gprs: number, outcome: string]>([
    [3, 2, "registration-timeout"],
    [2, 3, "registration-timeout"],
    [3, 3, "registration-denied"],
    [3, 0, "registration-denied"],
    [0, 3, "registration-denied"],
    [3, 5, "registered"],
    [1, 3, "registered"],
    [0, 1, "registered"],
  ])("that tells %d of LTE and %d of 2G: %s", async (lte, gprs, outcome) => {
    expect(await registering(lte, gprs)).toBe(outcome);
  });

  test.each([
    ["any", "AT+CNMP=2"],
    ["both", "AT+CNMP=38"],
    ["LTE-M", "AT+CNMP=38"],
  ] as const)("asked for %s, is set to what that is with 2G: %s", async (rat, command) => {
    const rig = bench({ rat: rat === "any" ? "both" : "any" }, { poweredOn: true });
    await rig.settle(rig.modem.up());
    rig.lines.length = 0;
    await rig.settle(rig.make({ ...rig.device.boot(), rat }).up());
    expect(rig.sent.filter((line) => line.startsWith("AT+CNMP="))).toEqual([command]);
  });

  test("whose name cannot be read is taken for a SIM7080", async () => {
    const rig = bench({ rat: "any" }, {}, (line) => line.replaceAll("+CGMM", "+CGMX"));
    expect(await rig.settle(rig.modem.up())).not.toHaveProperty("model");
    expect(rig.sent).toContain("AT+CNMP=38");
    expect(rig.sent.filter((line) => line.includes("CGREG"))).toEqual([]);
  });
});

test("a SIM7080 is asked nothing about 2G", async () => {
  const rig = new Rig({ modem: { rat: "any" } });
  expect(await rig.settle(rig.modem.up())).toMatchObject({ model: "SIMCOM_SIM7080G" });
  expect(rig.sent.filter((line) => /CGREG|CNMP=2/.test(line))).toEqual([]);
});
