import { describe, expect, test } from "@jest/globals";
import type { Manifest } from "../../../firmware/update/manifest.js";
import { type Conditions, type Facts, gateOf, goAtMs, overlaps, refusalOf } from "../../../firmware/update/rules.js";
import { sha256 } from "../../support/updates.js";

const DIGEST = sha256(Buffer.from("image"));
const MANIFEST: Manifest = {
  ...{ kid: "release-1", seq: 7, version: "1.4.0", board: "esp32-breakout", chip: "esp32", layout: "4m", minBase: 3 },
  ...{ format: "image", address: { host: "updates.test", port: 443, path: "/7" }, query: "", sha256: DIGEST },
  ...{ size: 60_000, fileSha256: DIGEST, length: 60_000, notBeforeMs: 0, spreadS: 0 },
};
const FACTS: Facts = {
  identity: { seq: 6, version: "1.3.0", board: "esp32-breakout", chip: "esp32", layout: "4m" },
  ...{
    confirmed: 5,
    accepted: 0,
    undone: [],
    slotBytes: 65_536,
    sectorBytes: 4_096,
    knows: (format) => format === "image",
  },
  ...{ hostPattern: "*.test", budgetBytes: 100_000, usedBytes: 0, tries: 0, done: 0 },
};
const refusal = (manifest: Partial<Manifest>, facts: Partial<Facts> = {}) =>
  refusalOf({ ...MANIFEST, ...manifest }, { ...FACTS, ...facts })?.code;

const WALL = 1_790_000_000_000;
const CONDITIONS: Conditions = { wallMs: WALL, acceptedS: WALL / 1_000, share: 0.5, day: "ok", appAllows: () => true };
const gate = (conditions: Partial<Conditions>, manifest: Partial<Manifest> = {}) =>
  gateOf({ ...MANIFEST, ...manifest }, { ...CONDITIONS, ...conditions });

describe("an update", () => {
  test("of this board, newer than all that was here, goes on", () => {
    expect(refusal({})).toBeUndefined();
    expect(gate({})).toBeUndefined();
  });

  test("is refused for good, with the reason", () => {
    expect(refusal({ board: "esp32c3" })).toBe("update-board");
    expect(refusal({ chip: "esp32s3" })).toBe("update-chip");
    expect(refusal({ layout: "8m" })).toBe("update-layout");
    expect(refusal({ seq: 6 })).toBe("update-seq");
    // Undone since: what was confirmed once is the least.
    expect(refusal({ seq: 8 }, { confirmed: 8 })).toBe("update-seq");
    expect(refusal({}, { accepted: 7 })).toBeUndefined();
    expect(refusal({}, { accepted: 8 })).toBe("update-seq");
    expect(refusal({ minBase: 7 })).toBe("update-base");
    expect(refusal({}, { undone: [sha256(Buffer.from("other")), DIGEST] })).toBe("update-rolled-back");
    expect(refusal({ format: "delta" })).toBe("update-format");
    expect(refusal({ size: 65_537 })).toBe("update-size");
    expect(refusal({}, { hostPattern: "updates.example.com" })).toBe("update-host");
    // A connection, and a sixteenth on what is missing.
    expect(refusal({}, { budgetBytes: 71_941 })).toBe("update-budget");
    expect(refusal({}, { budgetBytes: 71_942 })).toBeUndefined();
    expect(refusal({}, { budgetBytes: 0 })).toBeUndefined();
    expect(refusal({}, { usedBytes: 28_059 })).toBe("update-budget");
    expect(refusal({}, { usedBytes: 49_308, done: 20_000 })).toBeUndefined();
    expect(refusal({}, { usedBytes: 100_000, done: 60_000 })).toBeUndefined();
    expect(refusal({}, { tries: 2 })).toBeUndefined();
    expect(refusal({}, { tries: 3 })).toBe("update-tries");
  });

  test("that is packed needs room for the larger of image and file, in whole sectors", () => {
    const knows = () => true;
    expect(refusal({ format: "deflate", size: 65_536, length: 24_576 }, { knows })).toBeUndefined();
    expect(refusal({ format: "deflate", size: 65_537, length: 24_576 }, { knows })).toBe("update-size");
    expect(refusal({ format: "deflate", size: 40_960, length: 65_537 }, { knows })).toBe("update-size");
  });

  test("that is packed grows over its file where the slot has no room for both", () => {
    const over = (format: Manifest["format"], size: number, length: number) =>
      overlaps({ ...MANIFEST, format, size, length }, 65_536, 4_096);
    expect(over("deflate", 40_960, 24_576)).toBe(false);
    expect(over("deflate", 40_961, 24_576)).toBe(true);
    expect(over("delta", 40_960, 24_577)).toBe(true);
    expect(over("image", 65_536, 65_536)).toBe(false);
  });

  test("waits while a gate is shut, and says which", () => {
    expect(gate({ wallMs: undefined })).toBe("update-not-yet");
    expect(gate({}, { notBeforeMs: WALL + 1 })).toBe("update-not-yet");
    expect(gate({ batteryPercent: 29 })).toBe("update-battery");
    expect(gate({ batteryPercent: 30 })).toBeUndefined();
    expect(gate({ temperatureC: 71 })).toBe("update-temperature");
    expect(gate({ temperatureC: Number.NaN })).toBe("update-temperature");
    expect(gate({ day: "near" })).toBe("update-day");
    expect(gate({ appAllows: () => false })).toBe("update-app");
  });

  test("asks the app only when nothing else stands against it", () => {
    let asked = 0;
    const appAllows = () => ++asked > 0;
    gate({ batteryPercent: 1, appAllows });
    expect(asked).toBe(0);
    gate({ appAllows });
    expect(asked).toBe(1);
  });

  test("comes to each device of a fleet at a time of its own, and always the same", () => {
    const spread = { notBeforeMs: WALL, spreadS: 3_600 };
    expect(goAtMs(spread, { acceptedS: 0, share: 0 })).toBe(WALL);
    expect(goAtMs(spread, { acceptedS: 0, share: 0.5 })).toBe(WALL + 1_800_000);
    expect(goAtMs({ ...spread, notBeforeMs: 0 }, { acceptedS: WALL / 1_000, share: 0.25 })).toBe(WALL + 900_000);
    expect(gate({}, spread)).toBe("update-not-yet");
    expect(gate({ wallMs: WALL + 1_800_000 }, spread)).toBeUndefined();
  });
});
