// Every reader of bytes from outside, and a whole device, on XS in the memory of the image that ships, fed what ends
// engines. Node shows none of it: there a name costs nothing, recursion goes deep, and a text is as long as it likes.
//
// The promises: the engine ends by itself; only typed failures are thrown; what is kept after the last input, names
// and slots, is what was kept after the first few of each kind; and what comes of each input is what comes of it in
// Node.

import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeEngine } from "../engine.js";
import { FULL, isUpdated } from "../full.js";
import { recordJourney } from "../journey.js";
import { directoryOf as caseIn, prepare as prepareCase } from "../measure.js";
import { HERE, linkProgram, ROOT } from "../program.js";
import { type Figures, isTooSmall, runProgram, type Space } from "../run.js";
import { hostileCloud } from "./device.js";
import { imageSpace, updatableSpace } from "./image.js";
import { runInNode } from "./in-node.js";
import { framed, inputsOf, warmOf } from "./inputs.js";
import { type Fed, PLANTED, type Planted, READERS } from "./readers.js";
import { GUEST, Listener, thermometerCloud, wrongIn } from "./thermometer.js";

const HELP = `usage: npm run test:xs [-- [NAME…] [--list]]

Feeds the firmware's readers and a whole device hostile input on the XS engine, in the heap, the slots and the native stack
of the image that ships with the smallest block (manifests/esp32/manifest.json), and runs a device with the app of
examples/thermometer there; and full devices of each profile in the block of their own image.

  NAME     only these; all by default
  --list   the names
  --help   this

XS=FOLDER takes other sources of XS, such as the Moddable SDK's xs/.
Ends with 0: all passed; 1: something failed; 2: wrong use.`;

const DEVICE = "device-1nce";
const APP = "app-thermometer";
const TOO_SMALL_BLOCK = "planted-block";
/** What is run in a block that is too small. */
const SMALL = FULL[0]!;
/** Where an engine says all that there is to say: the figures of the image are no matter then. */
const AMPLE: Space = { bytes: 16 << 20, stack: 8_192 };
const BUILD = join(HERE, "build/hostile");
const image = imageSpace();
/** Share of a block in which a full device does not fit. */
const TOO_LITTLE = 0.6;

/** What is left in memory. */
interface Census {
  census: string;
  slots: number;
  keys: number;
  names: readonly string[];
}

/** One promise of one reader: throws what was broken, or tells in a few words what was seen. */
interface Check {
  name: string;
  run: () => Promise<string>;
}

const directoryOf = (guest: string) => join(BUILD, guest.replace(".ts", ""));
const text = (value: string) => new TextEncoder().encode(value);

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

function figuresOf(result: Awaited<ReturnType<typeof runProgram>>): Figures {
  if (isTooSmall(result)) throw new Error(`the engine ends: ${result.tooSmall}`);
  const fault = result.printed.find((line) => "fault" in line);
  check(fault === undefined, `an error that nobody expects: ${fault?.fault}`);
  return result;
}

/** Compares what is kept at the two censuses, and tells what an image has left. */
function keptSame({ printed, native }: Figures): string {
  const [warm, end] = printed.filter((line) => "census" in line) as unknown as Census[];
  check(warm?.census === "warm" && end?.census === "end", "no census was taken");
  const more = end.keys - warm.keys;
  check(
    more === 0,
    `${more} names more are kept, which XS never frees; the latest: ${end.names.slice(0, more).join(", ")}`,
  );
  check(end.slots <= warm.slots, `${end.slots - warm.slots} slots more are kept: ${warm.slots} became ${end.slots}`);
  return `${end.slots} slots and ${end.keys} names are kept; native stack ${native} of ${image.creation!.native}`;
}

/** @param space in which it is counted what is kept */
async function feedReader(engine: readonly string[], fed: Fed, space = image): Promise<string> {
  const directory = directoryOf(fed.guest);
  const inputs = inputsOf(fed);
  const files = { inputs: framed(inputs), reader: text(fed.name), warm: text(String(warmOf(fed))) };
  const runOn = async (mode: string, space: Space) => {
    const folder = join(BUILD, "fed", `${fed.name}-${mode}`);
    mkdirSync(folder, { recursive: true });
    for (const [name, bytes] of Object.entries({ ...files, mode: text(mode) }))
      writeFileSync(join(folder, name), bytes);
    return figuresOf(await runProgram(engine, directory, space, { files: folder }));
  };
  const kept = keptSame(await runOn("census", space));
  const told = (await runOn("tell", AMPLE)).printed.map((line) => JSON.stringify(line));
  const inNode = (await runInNode(fed.guest, { ...files, mode: text("tell") })).map((line) =>
    JSON.stringify(JSON.parse(line)),
  );
  const other = inNode.findIndex((line, i) => line !== told[i]);
  check(
    other < 0 && inNode.length === told.length && told.length === inputs.length,
    `input ${other} comes out otherwise than in Node: ${excerptOf(told[other])} and not ${excerptOf(inNode[other])}, of ` +
      Buffer.from(inputs[other] ?? [])
        .toString("latin1")
        .slice(0, 200),
  );
  return `${inputs.length} inputs; ${kept}`;
}

const excerptOf = (line: string | undefined) => (line === undefined ? "nothing" : line.slice(0, 300));

async function commandDevice(engine: readonly string[]): Promise<string> {
  const directory = directoryOf(`${DEVICE}.ts`);
  const figures = figuresOf(await runProgram(engine, directory, image));
  const { received, answered } = figures.printed.find((line) => "received" in line)!;
  return `${received} commands, ${answered} answered; ${keptSame(figures)}`;
}

/** A project's app, on a whole device: what it says, and that its LED is on. */
async function runApp(engine: readonly string[]): Promise<string> {
  const figures = figuresOf(await runProgram(engine, directoryOf(APP), image));
  const wrong = wrongIn(heard, figures.printed);
  check(wrong === undefined, wrong ?? "");
  return `${heard.said("/telemetry").length} records, ${heard.said("/telemetry/alarm").length} alarms, as in Node to the byte; native stack ${figures.native} of ${image.creation!.native}`;
}
const heard = new Listener();

/** A full device in its image's block. */
async function runFull(engine: readonly string[], name: string, { bytes, ...rest }: Space): Promise<string> {
  const figures = figuresOf(await runProgram(engine, caseIn(name), { bytes, ...rest }));
  const { acked } = figures.printed.find((line) => "acked" in line)!;
  return `${acked} records acknowledged in a block of ${bytes}; native stack ${figures.native} of ${image.creation!.native}`;
}

/** A block that is too small must be found, by the engine's own exit code, and by no other end. */
async function findTooSmall(engine: readonly string[], name: string): Promise<string> {
  const bytes = Math.floor(image.bytes * TOO_LITTLE);
  // Less to begin with, or XS would not even begin.
  const { chunks, heaps } = image.creation!;
  const creation = { ...image.creation!, chunk: chunks, heap: heaps };
  const found = await runProgram(engine, caseIn(name), { ...image, bytes, creation });
  check(isTooSmall(found), `a block of ${bytes} bytes was planted, and the device ran in it`);
  check(/memory full/.test(found.tooSmall), `a block that is too small was taken for another fault: ${found.tooSmall}`);
  return `a block of ${bytes} bytes was planted, and found: ${found.tooSmall}`;
}

/** A planted fault must be found, and called what it is. */
async function findPlanted(engine: readonly string[], { fed, says, in: isOf }: Planted): Promise<string> {
  const found = await feedReader(engine, fed, isOf === "image" ? image : { ...AMPLE, creation: image.creation! }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  check(found !== undefined, "this fault was planted, and nobody noticed");
  check(says.test(found), `this fault was planted, and taken for another: ${found}`);
  return `planted, and found: ${found.slice(0, 120)}`;
}

function checksOf(engine: readonly string[]): Check[] {
  return [
    ...READERS.map((fed) => ({ name: fed.name, run: () => feedReader(engine, fed) })),
    { name: DEVICE, run: () => commandDevice(engine) },
    { name: APP, run: () => runApp(engine) },
    ...FULL.map(({ name }) => {
      const space = isUpdated(name) ? updatableSpace() : image;
      return { name, run: () => runFull(engine, name, space) };
    }),
    { name: TOO_SMALL_BLOCK, run: () => findTooSmall(engine, SMALL.name) },
    ...PLANTED.map((planted) => ({ name: `planted-${planted.fed.name}`, run: () => findPlanted(engine, planted) })),
  ];
}

async function prepare(chosen: readonly Check[]): Promise<void> {
  const guests = new Set([...READERS, ...PLANTED.map(({ fed }) => fed)].map(({ guest }) => guest));
  for (const guest of guests) await linkProgram(directoryOf(guest), `bench/xs/guests/hostile/${guest}`, "simkey");
  if (chosen.some(({ name }) => name === APP)) {
    await linkProgram(directoryOf(APP), GUEST, "simkey", ["cloud/1nce-aws/cloud"]);
    await recordJourney(directoryOf(APP), join(ROOT, GUEST), thermometerCloud(heard));
  }
  for (const one of FULL) {
    const wanted = one === SMALL ? [one.name, TOO_SMALL_BLOCK] : [one.name];
    if (chosen.some(({ name }) => wanted.includes(name))) await prepareCase(one);
  }
  if (!chosen.some(({ name }) => name === DEVICE)) return;
  const main = "bench/xs/guests/hostile/device.ts";
  await linkProgram(directoryOf(`${DEVICE}.ts`), main, "simkey", ["cloud/1nce-aws/cloud"]);
  await recordJourney(directoryOf(`${DEVICE}.ts`), join(ROOT, main), hostileCloud());
}

/** As many at a time as there are processors; what each says comes in the order of the list. */
async function runAll(checks: readonly Check[]): Promise<number> {
  const work = checks.entries();
  const lines: string[] = [];
  let failed = 0;
  let shown = 0;
  const worker = async () => {
    for (const [i, { name, run }] of work) {
      const began = performance.now();
      const line = await run().then(
        (seen) => `ok    ${name}: ${seen}`,
        (error: Error) => {
          failed++;
          return `FAIL  ${name}: ${error.message}`;
        },
      );
      lines[i] = `${line} (${((performance.now() - began) / 1000).toFixed(1)} s)`;
      for (; lines[shown] !== undefined; shown++) console.log(lines[shown]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return failed;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { list: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const names = checksOf([]).map(({ name }) => name);
  if (values.list) {
    console.log(names.join("\n"));
    return 0;
  }
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    console.error(`test:xs: there is no ${unknown}; they are ${names.join(", ")}`);
    return 2;
  }
  const say = (line: string) => console.error(line);
  const engine = await makeEngine(say);
  const checks = checksOf(engine).filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  say("Linking the readers and recording the device’s journey …");
  await prepare(checks);
  const failed = await runAll(checks);
  console.log(`${checks.length - failed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`test:xs: ${error instanceof Error ? error.message : error}`);
  process.exitCode = String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS") ? 2 : 1;
}
