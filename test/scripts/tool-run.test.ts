// What somebody sees who waits for a build: where it is, not what its tools print, unless one of them fails.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";

interface Progress {
  begin(what: string, hint?: string): void;
  tell(detail: string): void;
  end(): void;
  leave(): void;
}
interface Module {
  Progress: new (steps: number, out: { isTTY: boolean; write(text: string): void }, now: () => number) => Progress;
  run(
    command: string,
    args: string[],
    options: { log?: string; progress?: Pick<Progress, "tell" | "leave"> },
  ): Promise<void>;
}
const repository = fileURLToPath(new URL("../..", import.meta.url));
const { Progress, run } = (await import(join(repository, "scripts/tool-run.js"))) as Module;

function watched(isTTY: boolean) {
  const seen = { text: "", now: 0 };
  const out = {
    isTTY,
    write: (text: string) => {
      seen.text += text;
    },
  };
  return { seen, progress: new Progress(3, out, () => seen.now) };
}

describe("a line of progress", () => {
  test("on a terminal is one for each step: what it is of how many, what it is at, and for how long", () => {
    const { seen, progress } = watched(true);
    progress.begin("building");
    seen.now = 2_000;
    progress.tell("tsc agent.ts");
    expect(seen.text.split("\r").at(-1)!.trimEnd()).toBe("[1/3] building: tsc agent.ts, 2 s");
    seen.now = 40_000;
    progress.begin("running");
    const lines = seen.text.split("\n");
    expect(lines[0]!.split("\r").at(-1)!.trimEnd()).toBe("[1/3] building: done, 40 s");
    expect(lines[1]!.trim()).toBe("[2/3] running");
  });

  test("leaves nothing of a longer one before it, and is no wider than a terminal", () => {
    const { seen, progress } = watched(true);
    progress.begin("building");
    progress.tell("x".repeat(300));
    progress.tell("y");
    const [long, short] = seen.text.split("\r").slice(-2);
    expect(long!.length).toBeLessThan(80);
    expect(short!.length).toBe(long!.length);
  });

  test("in a file comes now and then", () => {
    const { seen, progress } = watched(false);
    progress.begin("building", "takes minutes");
    for (let second = 1; second <= 40; second++) {
      seen.now = second * 1_000;
      progress.tell(`tsc ${second}.ts`);
    }
    progress.end();
    expect(seen.text).toBe(
      [
        "[1/3] building: takes minutes",
        "[1/3] building: tsc 15.ts, 15 s",
        "[1/3] building: tsc 30.ts, 30 s",
        "[1/3] building: done, 40 s",
        "",
      ].join("\n"),
    );
  });

  test("is left alone when somebody else writes", () => {
    const { seen, progress } = watched(true);
    progress.begin("running");
    progress.leave();
    expect(seen.text.endsWith("\n")).toBe(true);
    progress.tell("more");
    progress.end();
    expect(seen.text).not.toContain("more");
  });
});

describe("a tool", () => {
  let home: string;
  let log: string;
  let shown: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "simkey-tool-"));
    log = join(home, "new/build.log");
    shown = "";
    jest.spyOn(process.stderr, "write").mockImplementation((text) => {
      shown += String(text);
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(home, { recursive: true, force: true });
  });

  const told: string[] = [];
  const progress = { tell: (detail: string) => void told.push(detail), leave: () => {} };
  const shell = (script: string) => run("sh", ["-c", script], { log, progress });

  test("that is well is heard by its steps alone; its warnings are in a file", async () => {
    await shell("echo '# tsc a.ts'; echo '### warning: a: not frozen'; echo '[7/9] Linking'; echo oh >&2");
    expect(told).toEqual(["tsc a.ts", "[7/9] Linking"]);
    expect(shown).toBe("");
    expect(readFileSync(log, "utf8")).toContain("### warning: a: not frozen");
    expect(readFileSync(log, "utf8")).toContain("oh\n");
  });

  test("that fails is shown by its last lines, and where the others are", async () => {
    const failed = shell("for i in 1 2 3 4 5 6 7 8 9; do echo a$i; echo b$i; echo c$i; echo d$i; done; exit 3");
    await expect(failed).rejects.toThrow(`sh ended with code 3; all that it said is in ${log}`);
    expect(shown.trim().split("\n").length).toBe(30);
    expect(shown).toContain("d9");
    expect(shown).not.toContain("a1\n");
    expect(readFileSync(log, "utf8")).toMatch(/^a1\n/);
  });

  test("that is ended by a signal has failed", async () => {
    await expect(shell("kill -9 $$")).rejects.toThrow(/^sh was ended by SIGKILL/);
  });

  test("that is not there is said to be missing", async () => {
    await expect(run("simkey-no-such-tool", [], { log })).rejects.toThrow("simkey-no-such-tool is not installed");
  });
});

test("start:lin --help tells each of its options", () => {
  const script = join(repository, "scripts/start-lin.js");
  const help = execFileSync(process.execPath, [script, "--help"], { encoding: "utf8" });
  const options = [...readFileSync(script, "utf8").matchAll(/^ {2}(\w+): \{ type: /gm)].map(([, name]) => name!);
  expect(options.length).toBeGreaterThan(8);
  for (const name of options.filter((each) => each !== "help"))
    expect(help).toMatch(new RegExp(`^  --${name}\\b`, "m"));
});
