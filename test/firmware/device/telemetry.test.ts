// Each field of a record: told when it is known, under its name and in its unit.

import { describe, expect, test } from "@jest/globals";
import { sample } from "../../../firmware/app/signal.js";
import { type TelemetryInput, telemetry } from "../../../firmware/device/telemetry.js";

const COUNTERS = {
  ...{ recorded: 9, acked: 7, received: 4, answered: 3, refused: 0 },
  ...{ reported: 1, lost: 2, onboardings: 1, reconnects: 5 },
};
const LINK = {
  ...{ uartTxBytes: 1, uartRxBytes: 2, airTxBytes: 3456, airRxBytes: 7890 },
  airHeaderBytes: 99,
  atCommands: 6,
};
const USAGE = {
  ...{ radioOnMs: 61_499, airBytes: 1, connects: 1, bytesPerConnect: 1 },
  resumed: 0,
  ...{ monthBytes: undefined, monthRadioOnS: undefined },
};
/** What is known at the least. */
const BARE = {
  ...{ uptimeS: 61, wallMs: undefined, measured: {}, counters: COUNTERS, usage: USAGE },
  link: LINK as unknown as TelemetryInput["link"],
};
const ALWAYS = { uptime: 61, airTx: 3456, airRx: 7890, radioOn: 61, acked: 7, lost: 2, reconnects: 5 };

const STATUS = {
  ...{ iccid: "8988280666000000015", imei: "861234567890123", model: "SIMCOM_SIM7080G", firmware: "1951B16SIM7080" },
  ...{
    rat: "LTE-M",
    rssiDbm: -74,
    rsrpDbm: -103,
    rsrqDb: -16,
    sinrDb: 7,
    plmn: "262-02",
    band: "B20",
    cellId: 8596225,
  },
};

describe("a record", () => {
  test("tells what is always known, and nothing else", () => {
    expect(telemetry(BARE)).toEqual(ALWAYS);
  });

  test("tells the cell as the modem does, and nothing that names the SIM or the module", () => {
    const signal = { rssi: -74, rsrp: -103, rsrq: -16, sinr: 7 };
    expect(telemetry({ ...BARE, measured: sample({ signal: STATUS }) })).toEqual({
      ...{ ...ALWAYS, ...signal },
      ...{ rat: "LTE-M", plmn: "262-02", band: "B20", cell: 8596225 },
    });
  });

  const OPTIONAL: readonly [name: string, input: Partial<TelemetryInput>, told: unknown][] = [
    ["time", { wallMs: 1_767_225_600_999 }, 1_767_225_600],
    ["reset", { reset: "engine:online" }, "engine:online"],
    ["safe", { safe: true }, true],
    ["monthKb", { usage: { ...USAGE, monthBytes: 1_234_567 } }, 1235],
    ["refused", { counters: { ...COUNTERS, refused: 3 } }, 3],
    ["dataUsedKb", { budget: { usedKb: 12, status: "ok" } }, 12],
  ];
  test.each(OPTIONAL)("tells %s once it is known", (name, input, told) => {
    expect(telemetry({ ...BARE, ...input })).toEqual({ ...ALWAYS, [name]: told });
  });

  test.each(["near", "spent"] as const)("tells a budget that is %s", (status) => {
    expect(telemetry({ ...BARE, budget: { usedKb: 120, status } })).toEqual({
      ...ALWAYS,
      ...{ dataUsedKb: 120, dataBudget: status },
    });
  });

  test("says nothing of a start that is not safe", () => {
    expect(telemetry({ ...BARE, safe: false })).toEqual(ALWAYS);
  });

  test("tells nothing of a signal that is not known", () => {
    expect(sample({ signal: {} })).toEqual({});
  });

  test("keeps a reading of 0", () => {
    const zero = { rssiDbm: 0, rsrpDbm: 0, rsrqDb: 0, sinrDb: 0, cellId: 0 };
    expect(telemetry({ ...BARE, measured: sample({ signal: zero }) })).toMatchObject({
      rssi: 0,
      rsrp: 0,
      rsrq: 0,
      sinr: 0,
      cell: 0,
    });
  });
});
