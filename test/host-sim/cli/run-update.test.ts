import { describe, expect, test } from "@jest/globals";
import { runUpdate, UPDATE_SCENES, type UpdateScene } from "../../../host-sim/cli/commands/run-update.js";
import type { Entry } from "../../../host-sim/cli/output/entry.js";

const SCENES = Object.keys(UPDATE_SCENES) as UpdateScene[];

async function shown(scene: UpdateScene, json = false) {
  const entries: Entry[] = [];
  expect(await runUpdate(scene, json, (entry) => entries.push(entry))).toBeUndefined();
  return entries;
}

describe("simkey run --update", () => {
  test.each(SCENES)("%s comes to the end that it must", async (scene) => {
    const entries = await shown(scene);
    expect(entries.some(({ event }) => event === "update")).toBe(true);
  });

  test("shows a good image whose download is cut, and a bad one after it, in one command", async () => {
    const entries = await shown("story");
    const states = entries.filter(({ event }) => event === "update").map(({ update, state }) => `${update} ${state}`);
    expect(states).toContain("2 confirmed");
    expect(states.at(-1)).toBe("3 rolled-back");
    const said = entries.filter(({ event }) => event === "update-scene").map(({ what }) => String(what));
    expect(said).toContain("the power goes, for 10 s");
    expect(said.at(-1)).toBe("image 2 runs");
    // It goes on where it was.
    const windows = entries.filter(({ event }) => event === "update-window").map(({ from }) => Number(from));
    expect(windows[1]).toBeGreaterThan(0);
  });

  test("tells all of the log where a program listens", async () => {
    expect((await shown("good", true)).length).toBeGreaterThan((await shown("good")).length);
  });
});
