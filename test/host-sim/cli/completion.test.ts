// Help's examples, and completion: made of the same grammar as the command, and run by the shells that are there.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { program } from "../../../host-sim/cli/grammar/program.js";
import { EXAMPLES, START } from "../../../host-sim/cli/output/examples.js";
import { selectFaults } from "../../../host-sim/cli/parts/faults.js";
import { simkey } from "../../support/in-process.js";
import { isInstalled } from "../../support/peers.js";

const folder = mkdtempSync(join(tmpdir(), "simkey-completion-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const nobody = {
  stdin: process.stdin,
  stdout: () => {},
  stderr: () => {},
  env: {},
  interrupted: new Promise<void>(() => {}),
};
const grammar = program(nobody);
const commands = grammar.commands.map((command) => command.name());

/** Words of a line as a shell has them, and what stands between quotes as one. */
const wordsOf = (line: string) => (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ""));

describe("help", () => {
  test("begins with where to start", async () => {
    expect((await simkey(["--help"])).stdout).toMatch(/^Start here:\n {4}simkey run +a whole device/);
  });

  test.each(commands)("of %s has an example, or the command takes nothing to be shown", async (name) => {
    const { code, stdout } = await simkey([name, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nExamples:\n {4}\S/);
  });

  test.each([...START, ...Object.values(EXAMPLES).flat()].map(([line]) => line))("%s can be typed", (line) => {
    const words = wordsOf(line.replace(/^source <\((.*)\)$/, "$1").replace(/ [<>] .*$/, ""));
    expect(words[0]).toBe("simkey");
    if (words[1] === "COMMAND") return;
    const command = grammar.commands.find((each) => each.name() === words[1]);
    expect(command?.name()).toBe(words[1]);
    const known = [...command!.options.map(({ long }) => long), "--", "--help"];
    const options = words.slice(2).filter((word) => word.startsWith("--"));
    expect(options.filter((option) => !known.includes(option))).toEqual([]);
    expect(() => selectFaults(words.filter((_, i) => words[i - 1] === "--fault"))).not.toThrow();
  });
});

async function script(shell: string): Promise<string> {
  const { stdout } = await simkey(["completion", shell]);
  const path = join(folder, shell);
  writeFileSync(path, stdout);
  return path;
}

/** What bash offers for a line whose last word is begun. */
async function offered(line: string): Promise<string[]> {
  const words = line.split(" ");
  const ask = `. '${await script("bash")}'; complete -p simkey >&2; COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
    COMP_CWORD=${words.length - 1}; _simkey; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["--norc", "-c", ask], { encoding: "utf8", stdio: "pipe" }).split("\n").filter(Boolean);
}

describe("bash completes", () => {
  test.each<[line: string, words: string[]]>([
    ["simkey ru", ["run"]],
    ["simkey run --tra", ["--transport", "--trace"]],
    ["simkey run --transport ", ["mqtt", "ws", "https"]],
    ["simkey run --trace m", ["mqtt"]],
    ["simkey run --fault wrong-", ["wrong-ca", "wrong-name", "wrong-alpn"]],
    ["simkey run --profile c", ["clearblade"]],
    ["simkey run --ca ", []],
    ["simkey build esp32c", ["esp32c3"]],
    ["simkey events back", ["backing-off"]],
    ["simkey completion ", ["bash", "zsh", "fish"]],
    ["simkey nonsense --", []],
  ])("%s", async (line, words) => expect(await offered(line)).toEqual(words));

  test("every command, with every option that it has", async () => {
    expect(await offered("simkey ")).toEqual([...commands, "--help", "--version"]);
    for (const command of grammar.commands) {
      const options = command.options.map(({ long }) => long!);
      expect(await offered(`simkey ${command.name()} --`)).toEqual([...options, "--help"]);
    }
  }, 60_000);
});

describe.each(["zsh", "fish"])("the script for %s", (shell) => {
  test("has every command and option", async () => {
    const { stdout } = await simkey(["completion", shell]);
    for (const command of grammar.commands) {
      expect(stdout).toContain(command.name());
      for (const { long } of command.options) expect(stdout).toContain(long!.slice(2));
    }
  });

  // Neither is needed for anything else: where they are not, their own reading of it is not asked for.
  test("is one that it can read", async () => {
    const path = await script(shell);
    if (isInstalled(shell)) execFileSync(shell, ["-n", path], { stdio: "pipe" });
  });
});
