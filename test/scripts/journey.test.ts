// The journey of an emulated device, told line by line: what is done for it, what is reported of it, and when that ends.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "@jest/globals";

interface Journey {
  done: Promise<{ reason?: string }>;
  start(type: (text: string) => void): void;
  line(text: string): void;
  note(entry: object): void;
  cloud(event: object): void;
  summary(reason?: string): boolean;
}
type Entry = Record<string, unknown> & { event: string };

const repository = fileURLToPath(new URL("../..", import.meta.url));
const { Journey } = (await import(join(repository, "scripts/qemu/journey.js"))) as {
  Journey: new (parts: object) => Journey;
};

describe("the journey of an emulated device", () => {
  let told: Entry[];
  let presses: number;
  let journey: Journey;
  beforeEach(() => {
    told = [];
    presses = 0;
    const options = { messages: "1", transport: "mqtt", timeout: "60", type: [] };
    const desk = { pressKey: () => presses++ };
    journey = new Journey({ desk, options, report: (entry: Entry) => told.push(entry) });
    journey.start(() => {});
  });

  test("presses the modem's key for the firmware, as no wire leads there", () => {
    journey.line("desk 0.10 info stage stage=power detail=pressing the power key: it was put to rest");
    journey.line("desk 0.20 info stage stage=power detail=holding the power key for a hardware reset");
    journey.line("desk 0.30 info stage stage=probe detail=is the modem on?");
    expect(presses).toBe(1);
  });

  test("tells nothing behind the summary, whatever the device says until the emulator has ended", async () => {
    journey.line("desk 0.01 info start reset=power starts=1");
    journey.line("desk 1.20 info start reset=panic:online starts=2");
    journey.line("desk 1.21 info answered topic=x/answers ok=false");
    journey.line("rst:0x3 (RTC_SW_SYS_RST)");
    const { reason } = await journey.done;
    expect(journey.summary(reason)).toBe(false);
    journey.line("desk 1.30 info recorded seq=2");
    journey.note({ event: "power-cut", sectors: 1 });
    journey.cloud({ type: "publish", topic: "x/telemetry" });
    expect(told.map(({ event }) => event)).toEqual(["start", "start", "summary"]);
    expect(told.at(-1)).toMatchObject({ ok: false, reason: "it restarted by itself: panic:online", starts: 2 });
  });

  test("ends with the fault that the device reports", async () => {
    journey.line("desk 1.20 error fault message=out of order");
    await expect(journey.done).resolves.toEqual({ reason: "a fault: out of order " });
  });
});
