// `npm run start:lin`: the journey of `npm start` with the firmware as the Moddable SDK builds it, on the XS engine of platform
// lin and with the native TLS. The modem is `simkey modem` with its own simulated cloud, unless --modem names another.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { jsonReport, timeline } from "../dist/host-sim/cli/report.js";
import { buildTarget, finish, Missing, ROOT, run } from "./sdk.js";

const OPTIONS = {
  modem: { type: "string" },
  ca: { type: "string" },
  state: { type: "string" },
  messages: { type: "string", default: "5" },
  interval: { type: "string", default: "1" },
  timeout: { type: "string", default: "120" },
  fault: { type: "string", multiple: true, default: [] },
  json: { type: "boolean", default: false },
};

/** Compiles the program that runs an app of platform lin without a window. @returns its path */
async function buildRunner(env) {
  const program = join(ROOT, "build/moddable/lin/runner");
  let flags;
  try {
    flags = execFileSync("pkg-config", ["--cflags", "--libs", "glib-2.0"], { encoding: "utf8" }).trim().split(/\s+/);
  } catch {
    throw new Missing("GLib's headers are missing: apt-get install libglib2.0-dev pkg-config");
  }
  const screen = join(env.MODDABLE, "build/simulators/modules");
  const source = join(ROOT, "firmware/platform/native/lin/runner.c");
  await run("cc", ["-std=gnu11", "-O2", "-DmxLinux=1", `-I${screen}`, source, "-o", program, ...flags, "-ldl"]);
  return program;
}

/** Lines of JSON from a child's output. */
async function* entriesOf(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("{")) yield JSON.parse(line);
    else process.stderr.write(`${line}\n`);
  }
}

/** Starts `simkey modem`. @returns where it is, the roots of its cloud as PEM, and how to end it */
async function startModem(home, faults) {
  const cli = join(ROOT, "dist/host-sim/cli/main.js");
  const flags = faults.flatMap((fault) => ["--fault", fault]);
  const child = spawn(process.execPath, [cli, "modem", "--listen", "127.0.0.1:0", "--json", ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, SIMKEY_HOME: home },
  });
  const end = () => child.kill();
  for await (const { event, modem } of entriesOf(child)) {
    if (event !== "modem-ready") continue;
    child.stdout.resume();
    return {
      where: `tcp:${modem.match(/[0-9.]+:[0-9]+$/)[0]}`,
      roots: readFileSync(join(home, "ca.pem"), "utf8"),
      end,
    };
  }
  throw new Error("simkey modem did not start");
}

await finish(async () => {
  const { values } = parseArgs({ options: OPTIONS });
  const report = (values.json ? jsonReport : timeline)((text) => process.stdout.write(text));
  const app = join(await buildTarget("lin", process.env, [], ["ignore", "ignore", "inherit"]), "mc.so");
  const runner = await buildRunner(process.env);
  const home = mkdtempSync(join(tmpdir(), "simkey-lin-"));
  const state = values.state === undefined ? join(home, "state") : resolve(values.state);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const simulated = values.modem === undefined ? await startModem(home, values.fault) : undefined;
  try {
    const roots = values.ca === undefined ? simulated?.roots : readFileSync(values.ca, "utf8");
    const order = {
      modem: simulated?.where ?? values.modem,
      ...(roots && { roots }),
      messages: Number(values.messages),
      commands: 1,
      timeoutS: Number(values.timeout),
      settings: { telemetryIntervalS: Number(values.interval) },
    };
    writeFileSync(join(state, "simkey.json"), JSON.stringify(order));
    const child = spawn(runner, [app, state], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((done) => child.on("close", (code) => done(code ?? 1)));
    for await (const entry of entriesOf(child)) report(entry);
    return await ended;
  } finally {
    simulated?.end();
    rmSync(home, { recursive: true, force: true });
  }
});
