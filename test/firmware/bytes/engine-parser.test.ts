// XS's JSON.parse ends the engine by nesting, and keeps every member's name for good: no text from outside reaches it.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { commands } from "../../../firmware/app/app.js";
import { expiryOf } from "../../../firmware/cloud/1nce-aws/token.js";
import { readCommand } from "../../../firmware/device/commands.js";
import { readConfiguration } from "../../../firmware/device/configurator.js";
import { Console } from "../../../firmware/device/console.js";
import { SETTINGS_KEY, storedConfig } from "../../../firmware/device/stored-settings.js";
import { readEcPrivateKey } from "../../../firmware/jwt/ec-key.js";
import { SessionState } from "../../../firmware/mqtt/state.js";
import { decodeToken } from "../../../host-sim/jwt/verify.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";

const part = (text: string) => Buffer.from(text).toString("base64url");
const stored = (text: string) => {
  const store = new MemoryKeyValue();
  store.write(SETTINGS_KEY, Buffer.from(text));
  return store;
};

const TIMES = { power: "psm", psmPeriodS: 3600, telemetryIntervalS: 60 };

/** Whoever reads JSON, fed one text. */
const READERS: readonly [who: string, read: (text: string) => void][] = [
  ["a command", (text) => void readCommand(Buffer.from(text), [commands])],
  ["a configuration", (text) => void readConfiguration(Buffer.from(text), { ...TIMES, listenS: 5 })],
  ["stored settings", (text) => void storedConfig(stored(text), {}, () => {})],
  [
    "the console",
    (text) => {
      const console = new Console({ keyValue: stored(text), built: {}, status: () => ({}), settings: {} });
      console.receive(Buffer.from(`get\rset listenS 7\rset apn ${text}\r${text}\r`));
    },
  ],
  ["a session", (text) => void new SessionState({ load: () => Buffer.from(text), save: () => {} })],
  ["1NCE's token", (text) => void expiryOf(`a.${part(text)}.c?x=y`, 0)],
  ["a key", (text) => void readEcPrivateKey(text)],
  ["a token", (text) => void decodeToken(`${part(text)}.${part(text)}.c2ln`)],
];

const TEXTS = ["[".repeat(500), '{"a":'.repeat(90), '{"id":"1","cmd":"ping","x1":1,"x2":{"x3":[2]}}', "{}", "null"];

describe("the engine's own parser of JSON", () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test.each(READERS)("is not called for %s, whatever it says", (_who, read) => {
    const parse = jest.spyOn(JSON, "parse").mockImplementation(() => {
      throw new Error("the engine has ended");
    });
    for (const text of TEXTS) {
      try {
        read(text);
      } catch {
        // Refused, as it should be.
      }
    }
    expect(parse).not.toHaveBeenCalled();
  });
});

describe("the lint rules of firmware/", () => {
  const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");

  /** The lines of `source` that a rule of ours objects to, with the project's own configuration. */
  function objections(path: string, source: string): number[] {
    const directory = mkdtempSync(join(tmpdir(), "simkey-lint-"));
    try {
      const { overrides } = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8")) as {
        overrides: { includes: string[]; plugins?: string[] }[];
      };
      const plugins = overrides.flatMap(({ includes, plugins: files }) =>
        files === undefined ? [] : [{ includes, plugins: files.map((file) => join(ROOT, file)) }],
      );
      const config = { root: true, linter: { rules: { preset: "none" } }, overrides: plugins };
      writeFileSync(join(directory, "biome.json"), JSON.stringify(config));
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), source);
      const biome = join(ROOT, "node_modules/.bin/biome");
      const report = attempt(() =>
        execFileSync(biome, ["lint", "--reporter=github", path], { cwd: directory, stdio: "pipe" }),
      );
      return [...report.matchAll(/title=plugin,file=[^,]*,line=(\d+)/g)].map(([, line]) => Number(line));
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  function attempt(run: () => Buffer): string {
    try {
      return run().toString();
    } catch (error) {
      return String((error as { stdout: Buffer }).stdout);
    }
  }

  const SOURCE = [
    'export const a = JSON.parse("1");',
    "export const { parse } = JSON;",
    'export const c = globalThis.JSON["parse"]("2");',
    'export const d = JSON.stringify(JSON.parse("3"));',
    'export const e = JSON.stringify({ a: "JSON.parse" }); // JSON.parse',
    "export const f = (t: object, n: string) => Object.hasOwn(t, n) || t.hasOwnProperty(n);",
    "export const g = (n: string) => Object.fromEntries([[n, 1]]);",
    "export const h = (t: object, n: string) => n in t;",
    "export const i = (t: object, n: string) => Reflect.get(t, n);",
    "export const j = (t: object, n: string) => Object.defineProperty(t, n, {});",
    "export const k = (n: string) => Symbol.for(n);",
    "export const l = (n: string) => new RegExp(n);",
    'export const m = (t: object) => "known" in t;',
  ].join("\n");

  test("object to the engine's parser, by whatever way, and to names made of data", () => {
    expect(new Set(objections("firmware/device/x.ts", SOURCE))).toEqual(new Set([1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12]));
  });

  test("let the desk do as it likes", () => {
    expect(objections("host-sim/x.ts", SOURCE)).toEqual([]);
  });
});
