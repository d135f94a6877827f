import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { chipUpdate } from "../../../../../firmware/platform/moddable/esp32/update.js";
import type { NativeUpdate } from "../../../../../firmware/platform/moddable/esp32/update-native.js";
import type { Slot } from "../../../../../firmware/platform/update.js";
import type { UpdateBuild } from "../../../../../firmware/update/build.js";
import { pointOf } from "../../../../../host-sim/update/release.js";

const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const { x, y } = publicKey.export({ format: "jwk" }) as { x: string; y: string };
const KEY = { kid: "release-1", x, y };
const BUILD: UpdateBuild = { release: "simkey-release 7 1.4.0", keys: [KEY] };
const slot = (name: string) => ({ name }) as unknown as Slot;

/** The native side, which says `results` when asked. */
function chip(results: Partial<Record<keyof NativeUpdate, unknown>> = {}): NativeUpdate {
  const said = { areTwo: true, state: "pending", choose: 0, confirm: 0, chip: "esp32c3", verify: true, ...results };
  return Object.fromEntries(
    Object.entries(said).map(([name, value]) => [name, () => value]),
  ) as unknown as NativeUpdate;
}
const open = (path: string) => slot(path);

test("the chip's updates have both slots, the built-in keys as points, and say what the image is", () => {
  const update = chipUpdate(BUILD, "esp32c3-breakout", chip(), open)!;
  expect(update.running).toEqual(slot("running"));
  expect(update.target).toEqual(slot("nextota"));
  expect(update.identity).toEqual({
    ...{ seq: 7, version: "1.4.0", board: "esp32c3-breakout", chip: "esp32c3", layout: "4m" },
  });
  expect(update.keys).toEqual([
    {
      kid: "release-1",
      point: new Uint8Array(pointOf(createPublicKey(publicKey.export({ type: "spki", format: "pem" })))),
    },
  ]);
  expect(update.state()).toBe("pending");
  expect(() => update.setBoot()).not.toThrow();
});

test("keys and roots are made when they are asked for: they are no memory of a device that waits for an update", () => {
  const update = chipUpdate({ ...BUILD, roots: ["MAA="] }, "b", chip(), open)!;
  expect(update.keys).not.toBe(update.keys);
  expect(update.keys).toEqual(update.keys);
  expect(update.roots).not.toBe(update.roots);
  expect(update.roots).toEqual([new Uint8Array([0x30, 0])]);
});

test("an image that says nothing of a release is number 0", () => {
  expect(chipUpdate({ keys: [KEY] }, "b", chip(), open)!.identity).toMatchObject({ seq: 0, version: "" });
});

test.each<[what: string, build: UpdateBuild | undefined, areTwo: boolean, slots: typeof open | (() => undefined)]>([
  ["a build that says nothing of updates", undefined, true, open],
  ["no key", { keys: [] }, true, open],
  ["one slot", BUILD, false, open],
  ["a slot that cannot be opened", BUILD, true, () => undefined],
])("with %s there are no updates", (_what, build, areTwo, slots) => {
  expect(chipUpdate(build, "b", chip({ areTwo }), slots)).toBeUndefined();
});

test.each<[what: string, keys: UpdateBuild["keys"]]>([
  ["three keys", [KEY, KEY, KEY]],
  ["a coordinate that is too short", [{ ...KEY, x: "AAAA" }]],
  ["a coordinate that is no base64url", [{ ...KEY, y: "+".repeat(43) }]],
  ["a name that no manifest may have", [{ ...KEY, kid: "release 1" }]],
])("%s: the build is refused", (_what, keys) => {
  expect(() => chipUpdate({ keys }, "b", chip(), open)).toThrow(expect.objectContaining({ code: "config" }));
});

test.each([
  "simkey-release 0 1.0",
  "simkey-release 7",
  "release 7 1.0",
  "simkey-release 7 1 0",
  "simkey-release 99999999999 1",
])("a release that is %j is refused", (release) => {
  const build = { release, keys: [KEY] };
  expect(() => chipUpdate(build, "b", chip(), open)).toThrow(expect.objectContaining({ code: "config" }));
});

test("roots of the build's own are DER", () => {
  expect(chipUpdate({ keys: [KEY], roots: ["MAA="] }, "b", chip(), open)!.roots).toEqual([Uint8Array.of(0x30, 0)]);
  expect(() => chipUpdate({ keys: [KEY], roots: ["!"] }, "b", chip(), open)).toThrow(/update\.roots/);
});

test("a check that is handed on by itself is still the chip's", () => {
  const { verify } = chipUpdate(BUILD, "b", chip(), open)!;
  expect(verify(new Uint8Array(1), new Uint8Array(64), new Uint8Array(65))).toBe(true);
});

describe("what the boot loader refuses is told with its reason", () => {
  test.each([1, 2, 3, 4, 5])("%i", (choose) => {
    const update = chipUpdate(BUILD, "b", chip({ choose }), open)!;
    expect(() => update.setBoot()).toThrow(expect.objectContaining({ code: "update-boot", advice: "give-up" }));
  });

  test("an image that nobody has said anything of needs no confirming; a flash that does not keep it does", () => {
    expect(() => chipUpdate(BUILD, "b", chip({ confirm: 1 }), open)!.markValid()).not.toThrow();
    expect(() => chipUpdate(BUILD, "b", chip({ confirm: 5 }), open)!.markValid()).toThrow(
      expect.objectContaining({ code: "update-boot" }),
    );
  });
});
