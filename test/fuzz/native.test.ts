// How `npm run fuzz:native` is called. CI runs the targets themselves (.ci/run): they are built by clang, which takes its time.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect, test } from "@jest/globals";

const run = (args: readonly string[], env: NodeJS.ProcessEnv = process.env) => {
  const { status, stderr } = spawnSync(process.execPath, ["dist/fuzz/native/main.js", ...args], {
    encoding: "utf8",
    env,
  });
  return { status, stderr: stderr.trim() };
};

test("without a compiler it says what to install", () => {
  expect(run(["--target", "join"], { PATH: "/nowhere" })).toEqual({
    status: 2,
    stderr: "fuzz:native: clang is missing: apt-get install clang libclang-rt-dev",
  });
});

test.each([
  [["--target", "nonsense"], /'nonsense' is invalid\. Allowed choices are client, pair, join, names\./],
  [["--seconds", "0"], /--seconds must be a whole number from 1 to 86400/],
  [["--target", "join", "--replay", "no/such/file"], /there is no such file/],
  [["--replay", "package.json"], /--replay takes one target/],
] as const)("%j is refused", (args, why) => {
  expect(run(args)).toEqual({ status: 2, stderr: expect.stringMatching(why) });
});

test("each target has seeds", () => {
  expect(readdirSync("fuzz/native/seeds").sort()).toEqual(["client", "join", "names", "pair"]);
});
