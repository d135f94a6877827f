// `npm run start:lin`: the journey of `npm start` with the firmware as the Moddable SDK builds it, on the XS engine of platform
// lin and with the native TLS. The modem is `simkey modem` with its own simulated cloud, unless --modem names another. What the
// building tools print is kept in a file; a line on standard error says what they are at.

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { jsonReport, timeline } from "../dist/host-sim/cli/output/report.js";
import { WITHIN } from "../dist/host-sim/cli/parts/ending.js";
import { privateDirectory, replacePrivate } from "../dist/host-sim/platform/private-files.js";
import { environmentFor, manifestOf } from "./project-manifest.js";
import { buildTarget, finish, ROOT, sdkEnvironment, TARGETS } from "./sdk.js";
import { Missing, Progress, run } from "./tool-run.js";

const OPTIONS = {
  modem: { type: "string" },
  ca: { type: "string" },
  project: { type: "string" },
  state: { type: "string" },
  messages: { type: "string", default: "5" },
  interval: { type: "string", default: "1" },
  timeout: { type: "string", default: "120" },
  fault: { type: "string", multiple: true, default: [] },
  json: { type: "boolean", default: false },
  verbose: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
};
const HELP = `Usage: npm run start:lin -- [options]

Builds the firmware with the Moddable SDK ($MODDABLE), and runs it on the XS engine, on this machine.

  --modem ADDRESS    serial:PATH@BAUD or tcp:HOST:PORT (default: a simulated modem with its own cloud)
  --ca FILE          PEM with the roots of the onboarding host, for --modem
  --project FOLDER   with the app of this project, and its settings
  --state DIR        keep outbox, credentials and key here, in a directory of mode 700
  --messages N       end after N acknowledged telemetry messages (default: 5)
  --interval S       seconds between two telemetry messages (default: 1)
  --timeout S        give up after so many seconds (default: 120)
  --fault NAME       a fault of the simulated modem or cloud; simkey modem --help lists them
  --json             print one JSON object a line, the last one a summary
  --verbose          show all that the building tools print
`;
const STEPS = 4;

/**
 * Compiles the program that runs an app of platform lin without a window.
 * @param home folder in whose build it goes
 * @returns its path
 */
async function buildRunner(home, env, options) {
  const out = join(home, "build/moddable/lin");
  const program = join(out, "runner");
  let flags;
  try {
    flags = execFileSync("pkg-config", ["--cflags", "--libs", "glib-2.0"], { encoding: "utf8" }).trim().split(/\s+/);
  } catch {
    throw new Missing("GLib's headers are missing: apt-get install libglib2.0-dev pkg-config");
  }
  const screen = join(env.MODDABLE, "build/simulators/modules");
  const source = join(ROOT, "firmware/platform/native/lin/runner.c");
  const args = ["-std=gnu11", "-O2", "-DmxLinux=1", `-I${screen}`, source, "-o", program, ...flags, "-ldl"];
  await run("cc", args, { cwd: ROOT, ...options(join(out, "build.log")) });
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
    env: { ...process.env, SIMKEY_HOME: home, [WITHIN]: "1" },
  });
  const end = () => child.kill();
  let roots;
  for await (const { event, modem, ca } of entriesOf(child)) {
    if (event === "cloud-ready") roots = readFileSync(ca, "utf8");
    if (event !== "modem-ready") continue;
    child.stdout.resume();
    return {
      where: `tcp:${modem.match(/[0-9.]+:[0-9]+$/)[0]}`,
      roots,
      end,
    };
  }
  throw new Error("simkey modem did not start");
}

await finish(async () => {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const folder = values.project === undefined ? undefined : resolve(values.project);
  const env = environmentFor(folder);
  const home = folder ?? ROOT;
  sdkEnvironment(env, TARGETS.lin);
  const progress = new Progress(STEPS);
  const report = (values.json ? jsonReport : timeline)((text) => process.stdout.write(text));
  const { verbose } = values;
  const isFirst = !existsSync(join(home, "build/moddable/lin/tmp"));
  progress.begin("building the firmware for XS", isFirst ? "takes minutes, the first time" : undefined);
  const project = folder && (await manifestOf("lin", folder));
  const app = join(await buildTarget("lin", env, { verbose, progress, project }), "mc.so");
  progress.begin("compiling the program that runs it");
  const runner = await buildRunner(home, env, (log) => (verbose ? { stdio: ["inherit", 2, 2] } : { log, progress }));
  const temporary = mkdtempSync(join(tmpdir(), "simkey-lin-"));
  const state = values.state === undefined ? join(temporary, "state") : resolve(values.state);
  try {
    privateDirectory(state);
  } catch (error) {
    throw new Error(`--state: ${error.message}`);
  }
  progress.begin(values.modem === undefined ? "starting a modem and a cloud" : `taking the modem at ${values.modem}`);
  const simulated = values.modem === undefined ? await startModem(temporary, values.fault) : undefined;
  progress.begin(`running it until ${values.messages} messages are acknowledged`);
  progress.leave();
  try {
    const roots = values.ca === undefined ? simulated?.roots : readFileSync(values.ca, "utf8");
    const order = {
      modem: simulated?.where ?? values.modem,
      cloud: { name: "1nce", ...(roots && { roots }) },
      messages: Number(values.messages),
      commands: 1,
      timeoutS: Number(values.timeout),
      settings: { ...project?.settings, telemetryIntervalS: Number(values.interval) },
    };
    replacePrivate(join(state, "simkey.json"), JSON.stringify(order));
    const child = spawn(runner, [app, state], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((done) => child.on("close", (code) => done(code ?? 1)));
    for await (const entry of entriesOf(child)) report(entry);
    return await ended;
  } finally {
    simulated?.end();
    rmSync(temporary, { recursive: true, force: true });
  }
});
