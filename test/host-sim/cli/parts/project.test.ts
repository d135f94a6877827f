// What `simkey.json`, an app and a world may be, and what is said of those that are wrong.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { BOARDS } from "../../../../firmware/modem/boards.js";
import { Button, Led } from "../../../../host-sim/board/pin-parts.js";
import { loadApp, loadWorld, projectIn, rowOf, TARGET_BOARDS } from "../../../../host-sim/cli/parts/project.js";
import { boardOf, defineWorld } from "../../../../host-sim/testing/world.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simkey-project-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe("a project", () => {
  test("is none without simkey.json, and has defaults for what that leaves out", () => {
    expect(projectIn(folder)).toBeUndefined();
    file("simkey.json", "{}");
    expect(projectIn(folder)).toEqual({
      folder,
      board: "esp32",
      app: join(folder, "app.ts"),
      world: undefined,
      cloud: undefined,
      settings: {},
    });
  });

  test.each([
    ['{ "bord": "esp32" }', /has no member "bord"; known: board, app, world, cloud, settings, update$/],
    ['{ "__proto__": 1 }', /has no member "__proto__"/],
    ['{ "board": "toaster" }', /"board" must be one of esp32, esp32c3, lilygo-t-sim7080g-s3, m5stack-catm$/],
    ['{ "settings": [] }', /"settings" must be an object of settings$/],
    ['{ "app": "" }', /"app" must be the path of a module$/],
    ["[]", /must hold a JSON object/],
    ["{", /is not JSON/],
  ])("with %s is refused in one line", (text, said) => {
    file("simkey.json", text);
    expect(() => projectIn(folder)).toThrow(said);
  });

  test.each(Object.keys(TARGET_BOARDS))(
    "on the board %s has the parts that fit its pins, where it names none",
    async (board) => {
      file("simkey.json", JSON.stringify({ board }));
      const row = rowOf(projectIn(folder));
      const world = await loadWorld(undefined);
      const { parts } = boardOf(world, { row, now: () => 0 });
      expect(Object.keys(parts).sort()).toEqual(
        ["sht3x", "tmp102", "tmp117", "bme280", ...Object.keys(row.pins)].sort(),
      );
    },
  );
});

describe("an app", () => {
  test.each([
    ["none.js", undefined, /none\.js is not there; check the path$/],
    ["empty.js", "export const a = 1;", /empty\.js exports no `start`: export const/],
    ["throws.js", "throw new Error('no');", /throws\.js cannot be loaded: no$/],
    [
      "taken.js",
      'export const settings = { apn: { default: 1, range: [0, 1], unit: "", help: "" } }; export const start = () => ({});',
      /the app's setting "apn" exists already/,
    ],
    [
      "ping.js",
      'export const commands = { ping: { help: "", run: () => {} } }; export const start = () => ({});',
      /ping/,
    ],
  ])("%s is refused in one line", async (name, text, said) => {
    const path = text === undefined ? join(folder, name) : file(name, text);
    await expect(loadApp(path)).rejects.toThrow(said);
  });

  test("is a module with `start`, and a world one with `parts`", async () => {
    expect(await loadApp(file("app.js", "export const start = () => ({});"))).toHaveProperty("start");
    await expect(loadWorld(file("world.js", "export const parts = 1;"))).rejects.toThrow(
      /world\.js must export default defineWorld/,
    );
  });
});

test("a world that puts a part on a pin which the board has not is told which, and what there is", () => {
  const row = BOARDS["lilygo-t-sim7080g-s3"];
  const around = { row, now: () => 0 };
  expect(() => boardOf(defineWorld({ parts: ({ led }) => ({ led: new Led(led!) }) }), around)).toThrow(
    `the board ${row.name} has no pin "led" (it has: button); the world asks for it, and so may the app`,
  );
  // What it only looks for, it may do without; and what is wrong otherwise is told as it is.
  const looks = defineWorld({ parts: ({ led }) => ({ button: new Button(led ?? 0) }) });
  expect(boardOf(looks, around).device.pin).toEqual({ button: 0 });
  expect(() => boardOf(defineWorld({ parts: ({ led }) => ({ led: new Led(led ?? 99) }) }), around)).toThrow(
    "99 is no pin",
  );
  const { io, pin } = boardOf(defineWorld({ parts: () => ({}) }), around).device;
  expect(() => new io.Digital({ pin: pin.led!, mode: io.Digital.Output })).toThrow(
    "invalid pin: the board has none of this name",
  );
});

describe("simkey new", () => {
  const make = (path: string) =>
    spawnSync(process.execPath, ["dist/host-sim/cli/main.js", "new", path], { encoding: "utf8" });

  test("says what is next, and makes no project over another", () => {
    const path = join(folder, "my-device");
    expect(make(path)).toMatchObject({ status: 0, stdout: expect.stringContaining(`cd ${path}\n  npm install\n`) });
    expect(projectIn(path)).toMatchObject({ board: "esp32", world: join(path, "sim/world.ts") });
    expect(make(path)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("is there already; choose another name"),
    });
  });

  test("makes one whose tests fail on a Node that would find none of them, and says so at once", () => {
    const path = join(folder, "my-device");
    const { typescript } = process.features as { typescript?: string | false };
    const said = typescript ? "" : `Node ${process.version} reads no TypeScript: take Node 24, or 22 from 22.18 on`;
    expect(make(path).stderr).toBe(said && `simkey: ${said} for this project\n`);
    const { engines, scripts } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
    expect(engines).toEqual({ node: ">=22.18" });
    const script = scripts.pretest.replace("node node_modules/simkey-firmware/", "");
    expect(spawnSync(process.execPath, [script], { encoding: "utf8" })).toMatchObject({
      status: typescript ? 0 : 1,
      stderr: said && `${said}\n`,
    });
  });

  test.each(["My-Device", "_x", "a b"])("refuses the name %s, which is none of a package", (name) => {
    expect(make(join(folder, name))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("is no name of a package"),
    });
  });
});
