// `npm run start:qemu`: the image of an ESP32-C3 before there is a board. It is built as for a board, put into a flash of 4
// MB, and run under Espressif's QEMU: the journey of `npm start` with the C, the TLS and the drivers that a chip has. UART 1
// leads to a simulated modem with its own cloud, UART 0 to this terminal. Nothing here fetches or builds a tool.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { UsageError } from "../dist/host-sim/cli/output/errors.js";
import { jsonReport, timeline } from "../dist/host-sim/cli/output/report.js";
import { attackList, payloadsOf } from "./qemu/attacks.js";
import { buildDesk, placeOf, REPORT_NAMES } from "./qemu/build.js";
import { KEY_KINDS, openQemuDesk, PROFILES } from "./qemu/desk.js";
import { applicationIn, mergeFlash, slotsIn } from "./qemu/flash.js";
import { Journey } from "./qemu/journey.js";
import { checkQemu, writeFuses } from "./qemu/machine.js";
import { Power } from "./qemu/power.js";
import { UpdateWatch } from "./qemu/update-watch.js";
import { releaseImage, SCENES, sceneList, UPDATE_SETTINGS, updateBuilds } from "./qemu/updates.js";
import { ROOT, sdkEnvironment, TARGETS } from "./sdk.js";
import { Progress } from "./tool-run.js";

const OPTIONS = {
  profile: { type: "string", default: "1nce" },
  transport: { type: "string", default: "mqtt" },
  certificates: { type: "string", default: "p256" },
  state: { type: "string" },
  messages: { type: "string", default: "5" },
  interval: { type: "string" },
  until: { type: "string" },
  timeout: { type: "string" },
  fault: { type: "string", multiple: true, default: [] },
  attack: { type: "string" },
  update: { type: "string" },
  report: { type: "string" },
  set: { type: "string", multiple: true, default: [] },
  type: { type: "string", multiple: true, default: [] },
  json: { type: "boolean", default: false },
  verbose: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
};
/** Seconds between two records: those of an update are few, as it takes its turn between them. */
const INTERVAL = { usual: 1, update: 30 };
/** How long a journey may take, in seconds. */
const TIMEOUT_S = 600;
const HELP = `Usage: npm run start:qemu -- [options]

Builds the image of an ESP32-C3 with the Moddable SDK ($MODDABLE) and ESP-IDF ($IDF_PATH), and runs it under Espressif's QEMU
(qemu-system-riscv32 on PATH), before a simulated modem with its own cloud. What you type goes to the chip's console.

  --profile NAME     ${PROFILES.join(" or ")} (default: 1nce); a device with a key of its own makes it on its console
  --transport WAY    mqtt, ws or https (default: mqtt)
  --certificates K   ${KEY_KINDS.join(" or ")}: what the cloud's are signed by (default: p256)
  --state FILE       keep the chip's flash in this file: settings, token, key and outbox stay
  --messages N       end after N acknowledged telemetry messages (default: 5); 0: when you end it
  --interval S       seconds between two telemetry messages (default: ${INTERVAL.usual}; with --update: ${INTERVAL.update})
  --set NAME=VALUE   a setting of the build; repeat for more
  --type LINE        type this on the console once the device is connected, and wait for its answer; repeat for more
  --until EVENT      end well at this event of the log instead, such as asleep: an emulator may not wake a chip that sleeps
  --timeout S        give up after so many seconds (default: ${TIMEOUT_S}, and what an update takes)
  --fault NAME       a fault of the simulated modem or cloud; simkey modem --help lists them
  --attack NAME      let the cloud send what should end a device; it must go on (see below)
  --update NAME      send the device an update by the same link, and see what becomes of it (see below)
  --report NAME      ${REPORT_NAMES.join(", ")}: what RAM is left, after each phase
  --json             print one JSON object a line, the last one a summary
  --verbose          show all that the building tools print

Ends with 0 when the messages are acknowledged, 1 when not, 2 for a mistake in the options, 130 or 143 when it is interrupted.

Attacks:
${attackList()}

Updates (two images are built, that of release 1 runs, that of release 2 is sent):
${sceneList()}
`;
const STEPS = 3;
/** With an update: its image, and its release. */
const UPDATE_STEPS = 5;
const FLASH_BYTES = 4 * 1024 * 1024;
const SIGNALS = { SIGINT: 130, SIGTERM: 143 };
const USAGE = 2;

/** The options, checked before anything is built. @throws UsageError */
function optionsOf(args) {
  let values;
  try {
    ({ values } = parseArgs({ args, options: OPTIONS }));
  } catch (error) {
    throw new UsageError(error.message);
  }
  values.interval ??= String(values.update === undefined ? INTERVAL.usual : INTERVAL.update);
  values.timeout ??= String(SCENES[values.update]?.timeoutS ?? TIMEOUT_S);
  for (const name of ["messages", "interval", "timeout"]) {
    if (!/^\d{1,6}$/.test(values[name])) throw new UsageError(`--${name} takes a whole number, not "${values[name]}"`);
  }
  const known = {
    profile: PROFILES,
    certificates: KEY_KINDS,
    transport: ["mqtt", "ws", "https"],
    report: REPORT_NAMES,
    update: Object.keys(SCENES),
  };
  for (const [name, choices] of Object.entries(known)) {
    if (values[name] !== undefined && !choices.includes(values[name]))
      throw new UsageError(`--${name} is one of ${choices.join(", ")}, not "${values[name]}"`);
  }
  if (values.profile === "jwt" && values.transport !== "mqtt")
    throw new UsageError("--profile jwt is spoken to by mqtt");
  if (values.attack !== undefined && values.transport === "https")
    throw new UsageError("by https no command comes: no --attack");
  if (values.update !== undefined && values.transport === "https")
    throw new UsageError("by https no message comes: no --update");
  for (const other of ["attack", "state", "until"]) {
    if (values.update !== undefined && values[other] !== undefined)
      throw new UsageError(`--update has a new chip and a journey of its own: no --${other}`);
  }
  try {
    if (values.attack !== undefined) payloadsOf(values.attack);
  } catch (error) {
    throw new UsageError(error.message);
  }
  return values;
}

/** Settings of the build. @throws UsageError */
function settingsOf({ set, transport, interval }) {
  const settings = { telemetryIntervalS: Number(interval), ...(transport !== "mqtt" && { transport }) };
  for (const text of set) {
    const [, name, value] = /^([a-zA-Z][a-zA-Z0-9]{0,40})=(.*)$/.exec(text) ?? [];
    if (name === undefined) throw new UsageError(`--set takes NAME=VALUE, not "${text}"`);
    settings[name] = /^\d+$/.test(value)
      ? Number(value)
      : value === "true" || value === "false"
        ? value === "true"
        : value;
  }
  return settings;
}

/** The flash that was kept; undefined: there is none yet. @throws UsageError */
function keptFlash(path) {
  if (path === undefined || !existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  if (bytes.length !== FLASH_BYTES) throw new UsageError(`--state: ${path} is no flash of ${FLASH_BYTES} bytes`);
  return bytes;
}

/**
 * Builds the image that runs, and the one that it is updated to, where the options want one.
 * @returns `parts` of the flash, see `buildDesk`; `update` of the journey, or none
 */
async function imagesFor(desk, { options, settings, env, progress, folder }) {
  const { update: name, report, verbose } = options;
  const built = (what, more) => {
    progress.begin(what, "takes minutes, the first time");
    return buildDesk({ order: desk.order, settings, report, ...more }, env, { verbose, progress });
  };
  if (name === undefined) return { parts: await built("building the image") };
  const scene = SCENES[name];
  const [first, next] = updateBuilds(desk.images, scene.act);
  const withUpdates = { ...UPDATE_SETTINGS, ...settings };
  const parts = await built("building the image", { release: first, settings: withUpdates });
  const nextParts = await built("building its update", { release: next, settings: withUpdates });
  progress.begin("releasing the update");
  const images = { image: applicationIn(nextParts), base: applicationIn(parts) };
  const { manifest, bytes } = releaseImage(desk.images, images, scene.format, folder);
  progress.tell(`${bytes} bytes`);
  return { parts, update: { watch: new UpdateWatch(scene), manifest } };
}

async function main(options) {
  const env = process.env;
  const settings = settingsOf(options);
  const before = keptFlash(options.state);
  checkQemu(env.PATH);
  sdkEnvironment(env, TARGETS.esp32c3);
  const report = (options.json ? jsonReport : timeline)((text) => process.stdout.write(text));
  const updates = options.update !== undefined;
  const progress = new Progress(updates ? UPDATE_STEPS : STEPS);
  const temporary = mkdtempSync(join(tmpdir(), "simkey-qemu-"));
  let desk;
  let power;
  const interrupted = new Promise((done) => {
    for (const [signal, code] of Object.entries(SIGNALS)) process.once(signal, () => done({ code }));
  });
  try {
    progress.begin("starting a modem and a cloud");
    const { profile, fault, certificates: keys } = options;
    let journey;
    const heard = (event) => journey?.cloud(event);
    desk = await openQemuDesk({
      profile,
      faults: fault,
      keys,
      folder: join(placeOf(ROOT, env), "desk"),
      updates,
      onEvent: heard,
    });
    const folder = join(temporary, "release");
    const { parts, update } = await imagesFor(desk, { options, settings, env, progress, folder });
    const flash = options.state === undefined ? join(temporary, "flash.bin") : resolve(options.state);
    writeFileSync(flash, mergeFlash(parts, FLASH_BYTES, before), { mode: 0o600 });
    const fuses = join(temporary, "fuses.bin");
    writeFuses(fuses);
    progress.begin("running it under QEMU");
    progress.leave();
    const show = options.json ? undefined : (line) => process.stdout.write(`${line}\n`);
    journey = new Journey({ desk, report, options, update, show });
    report({ t: 0, event: "modem-ready", modem: desk.description });
    power = new Power({ flash, fuses, modem: desk.port }, journey);
    power.on();
    if (update) power.cutWhenDue(update.watch, slotsIn(parts)[1]);
    if (process.stdin.isTTY || options.messages === "0")
      process.stdin.on("data", (bytes) => power.type(bytes.toString("latin1")));
    const end = await Promise.race([journey.done, interrupted, power.lost]);
    if (end.code !== undefined) return end.code;
    return journey.summary(end.reason) ? 0 : 1;
  } finally {
    process.stdin.pause();
    await power?.off();
    await desk?.close();
    rmSync(temporary, { recursive: true, force: true });
  }
}

try {
  const options = optionsOf(process.argv.slice(2));
  if (options.help) process.stdout.write(HELP);
  else process.exitCode = await main(options);
} catch (error) {
  process.stderr.write(`simkey: ${error.message}${error instanceof UsageError ? "; see --help" : ""}\n`);
  process.exitCode = error instanceof UsageError ? USAGE : 1;
}
