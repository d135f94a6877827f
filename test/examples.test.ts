// The examples: each one's own test, in virtual time, and that each is a project as `simkey new` makes one.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { tableOf } from "../firmware/compose.js";
import { BOARDS } from "../firmware/modem/boards.js";
import { configure } from "../firmware/settings/configure.js";
import { loadApp, loadWorld, projectIn, rowOf, TARGET_BOARDS } from "../host-sim/cli/parts/project.js";
import { startDesk } from "../host-sim/testing/app-desk.js";
import { boardOf } from "../host-sim/testing/world.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const EXAMPLES = join(ROOT, "examples");
const MODEL = "thermometer";
const names = readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, "simkey.json")));
const read = (name: string, file: string) => readFileSync(join(EXAMPLES, name, file), "utf8");
const json = (name: string, file: string) => JSON.parse(read(name, file)) as Record<string, unknown>;

for (const name of names) {
  describe(`the example ${name}`, () => {
    test("is a project: its app, its world, and its settings go together", async () => {
      const project = projectIn(join(EXAMPLES, name))!;
      const app = await loadApp(project.app!);
      configure(project.settings, tableOf(app));
      const world = await loadWorld(project.world);
      const board = boardOf(world, { row: rowOf(project), now: () => 0 });
      world.live?.(board, (_, callback) => callback());
    });

    test("has the files that simkey new makes, and its commands", () => {
      for (const file of ["manifest.json", "tsconfig.json"]) expect(read(name, file)).toBe(read(MODEL, file));
      expect(json(name, "package.json")).toEqual({ ...json(MODEL, "package.json"), name, scripts: expect.any(Object) });
      expect(read(name, "README.md")).toContain(`# ${name}\n`);
    });
  });
}

test.each(Object.values(TARGET_BOARDS))(
  "the one that simkey new takes runs on the board %s, with an LED or without",
  async (board) => {
    const { app, world } = projectIn(join(EXAMPLES, MODEL))!;
    const desk = startDesk({ app: await loadApp(app!), world: await loadWorld(world), board });
    await desk.online();
    const hasLed = "led" in BOARDS[board].pins;
    expect(await desk.cloud.command({ cmd: "led", on: true })).toMatchObject(
      hasLed ? { ok: true } : { ok: false, error: "no-led", detail: "the board has none" },
    );
    expect(desk.cloud.records[0]?.app).toHaveProperty("temperature");
    expect(desk.device.log("app-fault")).toEqual([]);
  },
);

test("all of them compile, against the types of the package", () => {
  const { compilerOptions } = json(MODEL, "tsconfig.json");
  const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    exports: Record<string, { types?: string }>;
  };
  const types = Object.entries(exports).filter(([, { types: path }]) => path !== undefined);
  const paths = Object.fromEntries(
    types.map(([name, entry]) => [join("simkey-firmware", name), [join(ROOT, entry.types!)]]),
  );
  const config = join(ROOT, "build/examples.json");
  mkdirSync(dirname(config), { recursive: true });
  writeFileSync(
    config,
    JSON.stringify({ compilerOptions: { ...(compilerOptions as object), paths }, include: ["../examples/**/*.ts"] }),
  );
  const { status, stdout } = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", config], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
});

for (const name of names) {
  const own: string = `../examples/${name}/app.test.ts`;
  await import(own);
}
