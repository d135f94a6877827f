// Where simulated clouds leave their CA files: each its own, for as long as it runs.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { encodePem } from "../../../../firmware/bytes/pem.js";
import { saveCa, savedRoots } from "../../../../host-sim/cli/parts/home.js";

let home: string;
let env: { SIMKEY_HOME: string };
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "simkey-home-"));
  env = { SIMKEY_HOME: home };
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const pemOf = (n: number) => encodePem("CERTIFICATE", Uint8Array.of(0x30, 1, n));
/** The id of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ["-e", ""]).pid;
/** A file as another process leaves it. */
function left(port: number, pid: number, n: number): string {
  const path = join(home, `ca-${port}-${pid}.pem`);
  writeFileSync(path, pemOf(n));
  return path;
}
const trusted = () => savedRoots(env)?.map((der) => der[2]);

describe("a cloud's CA file", () => {
  test("is its own: a second cloud neither overwrites nor removes the first one's, and both are trusted", () => {
    const first = saveCa(pemOf(1), 8443, env);
    const second = saveCa(pemOf(2), 8444, env);
    expect(readFileSync(first.path, "utf8")).toBe(pemOf(1));
    expect(trusted()?.sort()).toEqual([1, 2]);
    second.drop();
    expect(readdirSync(home).map((name) => join(home, name))).toEqual([first.path]);
    expect(trusted()).toEqual([1]);
    first.drop();
    expect(readdirSync(home)).toEqual([]);
    expect(trusted()).toBeUndefined();
  });

  test("of another process stays, whatever port it has", () => {
    const others = left(8443, process.ppid, 7);
    const own = saveCa(pemOf(1), 8443, env);
    own.drop();
    expect(readFileSync(others, "utf8")).toBe(pemOf(7));
  });

  test("of a process that is dead is not trusted, and goes when the next cloud begins", () => {
    const stale = left(8443, deadPid(), 7);
    expect(trusted()).toBeUndefined();
    const own = saveCa(pemOf(1), 9000, env);
    expect(existsSync(stale)).toBe(false);
    expect(trusted()).toEqual([1]);
    own.drop();
  });

  test("is for its owner, and goes with the process however that ends", () => {
    const before = process.listenerCount("exit");
    const own = saveCa(pemOf(1), 8443, env);
    expect(statSync(own.path).mode & 0o777).toBe(0o600);
    expect(process.listenerCount("exit")).toBe(before + 1);
    (process.listeners("exit").at(-1) as () => void)();
    expect(existsSync(own.path)).toBe(false);
    own.drop();
    expect(process.listenerCount("exit")).toBe(before);
  });

  test("is neither written nor believed where others may write", () => {
    chmodSync(home, 0o777);
    left(8443, process.pid, 7);
    const message = /^SIMKEY_HOME: .* is open to others \(mode 777\)/;
    expect(() => savedRoots(env)).toThrow(message);
    expect(() => saveCa(pemOf(1), 8443, env)).toThrow(message);
  });

  test("is found nowhere when there never was a cloud", () => {
    expect(savedRoots({ SIMKEY_HOME: join(home, "none") })).toBeUndefined();
    expect(readdirSync(home)).toEqual([]);
  });
});
