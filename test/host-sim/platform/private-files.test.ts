// What holds keys and tokens on this machine: nobody else can read it, put another file in its place, or lead it elsewhere.

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { FileFlash } from "../../../host-sim/platform/file-flash.js";
import { FileKeyValue } from "../../../host-sim/platform/key-value.js";
import {
  createPrivate,
  privateDirectory,
  readPrivate,
  replacePrivate,
} from "../../../host-sim/platform/private-files.js";

let home: string;
let state: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "simkey-private-"));
  state = join(home, "state");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const isRoot = process.getuid?.() === 0;
const SOMEBODY = 12_345;

/** As a process of that user's sees it. */
function asUser(uid: number, work: () => void): void {
  const spy = jest.spyOn(process as { getuid: () => number }, "getuid").mockReturnValue(uid);
  try {
    work();
  } finally {
    spy.mockRestore();
  }
}

describe("a private directory", () => {
  test("is made with all above it, for its owner alone, whatever the umask says", () => {
    const before = process.umask(0);
    try {
      privateDirectory(join(state, "a/b"));
    } finally {
      process.umask(before);
    }
    for (const path of [state, join(state, "a"), join(state, "a/b")]) expect(modeOf(path)).toBe("700");
    privateDirectory(join(state, "a/b"));
  });

  test.each(["755", "701", "720", "777"])("that others can get at is refused, and left as it is: mode %s", (mode) => {
    mkdirSync(state);
    chmodSync(state, Number.parseInt(mode, 8));
    expect(() => privateDirectory(state)).toThrow(
      `${state} is open to others (mode ${mode}); make it your own by chmod 700, or name a directory that is not there yet`,
    );
    expect(modeOf(state)).toBe(mode);
  });

  test("that others may read but not change is taken where nothing in it is secret", () => {
    mkdirSync(state);
    chmodSync(state, 0o755);
    privateDirectory(state, "readable");
    chmodSync(state, 0o775);
    expect(() => privateDirectory(state, "readable")).toThrow(/is open to others \(mode 775\)/);
  });

  test("of somebody else is refused", () => {
    mkdirSync(state, { mode: 0o700 });
    privateDirectory(state);
    asUser(SOMEBODY, () => {
      expect(() => privateDirectory(state)).toThrow(`${state} belongs to another user; name a directory of your own`);
    });
  });

  test("that somebody else leads to is refused", () => {
    // Who may give files away gives the link away; who may not leads to what is root's, and plays root.
    const [owner, target] = isRoot ? [0, join(home, "own")] : [0, "/usr"];
    mkdirSync(join(home, "own"), { mode: 0o700 });
    symlinkSync(target, state);
    asUser(owner, () => privateDirectory(target, "readable"));
    if (isRoot) execFileSync("chown", ["-h", String(SOMEBODY), state]);
    asUser(owner, () => {
      expect(() => privateDirectory(state, "readable")).toThrow(/state belongs to another user/);
    });
  });

  test.each([
    ["a file", "file", /file is a file; a directory is needed/],
    ["below a file", "file/state", /file is a file; a directory is needed/],
    ["a link that leads nowhere", "loose", /loose is a symbolic link that leads nowhere/],
    ["below a link that leads nowhere", "loose/state", /loose is a symbolic link that leads nowhere/],
  ])("cannot be %s", (_, name, message) => {
    writeFileSync(join(home, "file"), "");
    symlinkSync(join(home, "nothing"), join(home, "loose"));
    expect(() => privateDirectory(join(home, name))).toThrow(message);
  });

  test.each(["/proc/simkey", "/proc/simkey/a/b", "/proc/self/fd/x"])(
    "cannot be made where there are none: %s",
    (path) => {
      expect(() => privateDirectory(path)).toThrow(
        /^\/proc\/.* cannot be made .*; name a directory where you may write$/,
      );
    },
  );
});

describe("a private file", () => {
  const others = () => join(home, "others");
  let path: string;
  beforeEach(() => {
    privateDirectory(state);
    path = join(state, "file");
    writeFileSync(others(), "others'");
  });

  test("is written for its owner alone, in one step, and leaves nothing beside it", () => {
    replacePrivate(path, Buffer.from("first"));
    replacePrivate(path, Buffer.from("second"));
    expect(readPrivate(path)?.toString()).toBe("second");
    expect(modeOf(path)).toBe("600");
    expect(readdirSync(state)).toEqual(["file"]);
  });

  test("takes the place of what a write that was cut off has left", () => {
    writeFileSync(`${path}.new`, "half");
    replacePrivate(path, Buffer.from("whole"));
    expect(readFileSync(path, "utf8")).toBe("whole");
    expect(readdirSync(state)).toEqual(["file"]);
  });

  test("is not written through a link that waits where it is made", () => {
    symlinkSync(others(), `${path}.new`);
    replacePrivate(path, Buffer.from("secret"));
    expect(readFileSync(others(), "utf8")).toBe("others'");
    expect(lstatSync(path).isFile()).toBe(true);
  });

  test("is not read from, nor written over, a symbolic link", () => {
    symlinkSync(others(), path);
    const message = `${path} is a symbolic link; move it away`;
    expect(() => readPrivate(path)).toThrow(message);
    expect(() => replacePrivate(path, Buffer.from("secret"))).toThrow(message);
    expect(readFileSync(others(), "utf8")).toBe("others'");
  });

  test("is none of what is no file", () => {
    mkdirSync(path);
    expect(() => readPrivate(path)).toThrow(`${path} is no file; move it away`);
    rmSync(path, { recursive: true });
    execFileSync("mkfifo", [path]);
    expect(() => readPrivate(path)).toThrow(`${path} is no file; move it away`);
  });

  test("that is not there is none", () => {
    expect(readPrivate(path)).toBeUndefined();
  });

  test("that is to be new is never written over another, nor through a link", () => {
    createPrivate(path, "key");
    expect(modeOf(path)).toBe("600");
    expect(() => createPrivate(path, "other")).toThrow(expect.objectContaining({ code: "EEXIST" }));
    expect(readFileSync(path, "utf8")).toBe("key");
    symlinkSync(join(home, "nothing"), join(state, "link"));
    expect(() => createPrivate(join(state, "link"), "key")).toThrow(expect.objectContaining({ code: "EEXIST" }));
    expect(existsSync(join(home, "nothing"))).toBe(false);
  });
});

describe("a device's store", () => {
  test("is refused at once when a link lies among its files", () => {
    new FileKeyValue(state).write("token", Uint8Array.of(1));
    symlinkSync(join(home, "nothing"), join(state, "kv-device-key"));
    expect(() => new FileKeyValue(state)).toThrow(`${join(state, "kv-device-key")} is a symbolic link; move it away`);
  });

  test("is refused in a directory that others can get at", () => {
    mkdirSync(state);
    chmodSync(state, 0o755);
    expect(() => new FileKeyValue(state)).toThrow(/is open to others \(mode 755\)/);
  });

  test("keeps its flash in no file that a link leads to, whether that is there or not", () => {
    privateDirectory(state);
    const path = join(state, "outbox.flash");
    symlinkSync(join(home, "nothing"), path);
    expect(() => new FileFlash(path)).toThrow(`${path} is a symbolic link; move it away`);
    expect(existsSync(join(home, "nothing"))).toBe(false);
    writeFileSync(join(home, "nothing"), "others'");
    expect(() => new FileFlash(path)).toThrow(`${path} is a symbolic link; move it away`);
    expect(readFileSync(join(home, "nothing"), "utf8")).toBe("others'");
  });
});
