// Manifests of a storm that must not be obeyed: a device refuses each for the reason that the storm expects.

import { expect, test } from "@jest/globals";
import { drawWrong, pathOf, versionOf, WRONG } from "../../../host-sim/storm/updates-wrong.js";
import { wrongManifest } from "../../../host-sim/storm/wrong-manifest.js";
import { Prng } from "../../../host-sim/world/prng.js";
import { HOUR, updating } from "../../support/updating.js";

test.each(Object.entries(WRONG))("%s: %s", async (wrong, reason) => {
  // Release 3 runs, so that an older one is one.
  const { desk, send, told, over, served } = updating({ updates: { image: { seq: 3 } } });
  desk.start();
  await desk.online();
  const seq = wrong === "older" ? 2 : 4;
  send(wrongManifest({ at: 0, wrong, seq, retained: false }, 7));
  await over(1, HOUR);
  expect(told).toEqual([expect.stringMatching(new RegExp(`^(${seq} )?refused ${reason}$`))]);
  expect(served).toEqual([]);
});

test("are of every kind, among the releases, and each has a version and a path of its own", () => {
  const releases = Array.from({ length: 100 }, (_, i) => ({ at: i * HOUR, seq: i + 2 }));
  const all = drawWrong(new Prng("wrong"), 1_000, releases);
  expect(new Set(all.map(({ wrong }) => wrong))).toEqual(new Set(Object.keys(WRONG)));
  expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).sort((a, b) => a - b));
  expect(all.some(({ at, seq }) => releases.some((release) => release.seq === seq && at > release.at))).toBe(true);
  expect(new Set(all.map((_, i) => pathOf(versionOf(i)))).size).toBe(all.length);
});
