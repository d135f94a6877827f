// The package as somebody else has it: packed, installed in an empty folder, imported from, and a project made with
// it. On each Node of SIMKEY_NODES, folders with a `node` in them; left out: on this one.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const NODES = (process.env.SIMKEY_NODES ?? dirname(process.execPath)).split(delimiter);
const QUIET = ["--no-audit", "--no-fund", "--prefer-offline"];
const SLOW_MS = 240_000;
/** What is imported from each, as a value. */
const ENTRIES = {
  ".": "defineApp",
  "./sensors": "SHT3x",
  "./mqtt": "MqttClient",
  "./device": "composeDevice",
  "./decode": "decodeRecords",
  "./sim/modem": "Sim7080",
  "./sim/cloud": "startCloud",
  "./testing": "startDesk",
};
const IMPORTS = Object.entries(ENTRIES)
  .map(([entry, name]) => `import { ${name} } from "simkey-firmware${entry.slice(1)}";`)
  .join("\n");

let home: string;
let tarball: string;
let files: string[];

/** Runs a command. @returns what it says, errors too @throws Error with that */
function run(folder: string, node: string, command: string, ...args: string[]): string {
  const foreign = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS|JEST_)/i.test(name));
  const env = { ...Object.fromEntries(foreign), PATH: [node, process.env.PATH].join(delimiter) };
  try {
    return execFileSync("sh", ["-c", '"$@" 2>&1', "sh", command, ...args], { cwd: folder, env, encoding: "utf8" });
  } catch (error) {
    throw new Error(`${command} ${args.join(" ")}: ${(error as { stdout: string }).stdout}`);
  }
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "simkey-package-"));
  run(ROOT, dirname(process.execPath), "npm", "pack", "--silent", "--pack-destination", home);
  tarball = join(home, readdirSync(home)[0]!);
  const list = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" });
  files = list
    .trim()
    .split("\n")
    .map((path) => path.replace(/^package\//, ""));
}, SLOW_MS);
afterAll(() => rmSync(home, { recursive: true, force: true }));

test("holds what its documents and commands need, and nothing of tests, fuzzers and benchmarks", () => {
  const folders = new Set(
    files.map((path) =>
      path
        .split("/")
        .slice(0, path.startsWith("dist/") ? 2 : 1)
        .join("/"),
    ),
  );
  expect([...folders].sort()).toEqual(
    [
      ...[
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "SECURITY.md",
        "build",
        "dist/firmware",
        "dist/host-sim",
        "dist/page",
        "docs",
      ],
      ...["examples", "firmware", "manifests", "moddable.json", "package.json", "scripts"],
    ].sort(),
  );
  expect(files.filter((path) => /tsbuildinfo|node_modules|\.pem$/.test(path))).toEqual([]);
  expect(files.filter((path) => path.startsWith("build/") && !path.startsWith("build/noble/"))).toEqual([]);
});

describe.each(NODES)("with the Node in %s", (node) => {
  let folder: string;
  let major: number;

  beforeAll(() => {
    major = Number(run(ROOT, node, "node", "-p", "process.versions.node.split('.')[0]"));
    folder = join(home, `node${major}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  }, SLOW_MS);

  test(
    "installs without a warning, and a native module only where somebody asks for it",
    () => {
      expect(run(folder, node, "npm", "install", ...QUIET, tarball)).not.toMatch(/warn/i);
      expect(readdirSync(join(folder, "node_modules"))).not.toContain("serialport");
    },
    SLOW_MS,
  );

  test("gives what it exports, and nothing else", () => {
    writeFileSync(
      join(folder, "imports.js"),
      `${IMPORTS}\nconsole.log(${Object.values(ENTRIES)
        .map((name) => `typeof ${name}`)
        .join(", ")});`,
    );
    expect(run(folder, node, "node", "imports.js").trim()).toBe(Object.values(ENTRIES).fill("function").join(" "));
    writeFileSync(join(folder, "deep.js"), 'import "simkey-firmware/dist/firmware/compose.js";');
    expect(() => run(folder, node, "node", "deep.js")).toThrow("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  test(
    "makes a project that is compiled, tested, and run",
    () => {
      expect(run(folder, node, "npx", "--no-install", "simkey", "new", "my-device")).toContain("npm install");
      const project = join(folder, "my-device");
      // npm warns of a Node that the project is not for.
      const installed = run(project, node, "npm", "install", ...QUIET);
      if (major >= 22) expect(installed).not.toMatch(/warn/i);
      const used = Object.values(ENTRIES).map((name) => `void ${name};`);
      writeFileSync(join(project, "types.ts"), `${IMPORTS}\n${used.join("\n")}\n`);
      run(project, node, "npm", "run", "check");
      if (major < 22) {
        expect(() => run(project, node, "npm", "start")).toThrow(/Node v20.* reads no TypeScript/);
        expect(() => run(project, node, "npm", "test")).toThrow(/Node v20.* reads no TypeScript/);
        return;
      }
      expect(run(project, node, "npm", "test")).toMatch(/pass 3\n(.*\n)*.*fail 0/);
      const ran = run(
        project,
        node,
        "npm",
        "start",
        "--silent",
        "--",
        "--json",
        "--delay-scale",
        "0",
        "--messages",
        "2",
      );
      const entries = ran
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(entries.at(-1)).toMatchObject({ event: "summary", ok: true, lost: 0 });
      const taken = entries
        .filter(({ event, layer }) => event === "trace" && layer === "cloud")
        .map(({ text }) => text);
      // An alarm may come before it: the room is warm at times.
      const telemetry = /\/telemetry \{"seq":\d,.*"app":\{"temperature":[0-9.]+,"humidity":45\}\}$/;
      expect(taken).toContainEqual(expect.stringMatching(telemetry));
    },
    SLOW_MS,
  );
});
