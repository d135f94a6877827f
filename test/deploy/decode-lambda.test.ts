// The cloud's side of compact records: bundled as its document says, and given what the rule would hand on.

import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "@jest/globals";
import { build } from "esbuild";
import { started } from "../support/desk.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
let handler: (event: { data: string; topic: string }) => Promise<{ records: Record<string, unknown>[] }>;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [`${ROOT}deploy/decode-lambda.mjs`],
    bundle: true,
    platform: "node",
    format: "cjs",
    write: false,
    // The package as it stands here, not as it was built last.
    alias: { "simkey-firmware/decode": `${ROOT}host-sim/exports/decode.ts` },
    banner: { js: "const console = { log: () => {} };" },
  });
  const module = { exports: {} as { handler: typeof handler } };
  new Function("module", "exports", "Buffer", outputFiles[0]!.text)(module, module.exports, Buffer);
  handler = module.exports.handler;
});

test("it hands on every record of a device, in order, whether alone, together, as JSON or compact", async () => {
  const seen: { form: string; records: Record<string, unknown>[] }[] = [];
  for (const recordForm of ["json", "compact"]) {
    const settings = { telemetryIntervalS: 600, power: "psm", psmPeriodS: 36_000, recordsPerWake: 5, recordForm };
    const desk = started({ seed: 4, settings, board: { deepSleep: true } });
    await desk.run(4 * 3_600_000);
    const records: Record<string, unknown>[] = [];
    for (const { topic, payload } of desk.events("publish")) {
      const event = { data: Buffer.from(payload).toString("base64"), topic };
      records.push(...(await handler(event)).records);
    }
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, i) => i + 1));
    expect(records.every(({ topic }) => topic === `${desk.iccid}/telemetry`)).toBe(true);
    expect(records.length).toBeGreaterThanOrEqual(20);
    seen.push({ form: recordForm, records });
  }
  const names = (records: Record<string, unknown>[]) =>
    records.slice(0, 20).map((record) => Object.keys(record).sort());
  expect(names(seen[1]!.records)).toEqual(names(seen[0]!.records));
});

test("bytes that hold no records are an error, for the rule's error action", async () => {
  await expect(handler({ data: Buffer.from([0xa1]).toString("base64"), topic: "t" })).rejects.toThrow(/cut off/);
});
