// `npm run bench:xs -- --walk CASE`: what lives on the XS heap when most does, by kind and by owner.
// engine/walk.c gives the live slots; each belongs to the function, class or frame that leads to it first.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
export const SLOT_BYTES = 16;
const SPACE = ["1048576", "2048"];
const MOST_OUTPUT = 64 << 20;
const ROWS = 60;

/** XS 13's kinds that say what an object is. */
const KIND = { reference: 10, closure: 11, instance: 13, array: 16, buffer: 17, stack: 47 } as const;
const NAMED_KINDS: Readonly<Record<number, string>> = {
  16: "array",
  17: "ArrayBuffer",
  26: "host object",
  27: "Map",
  28: "module",
  30: "Promise",
  32: "RegExp",
  33: "Set",
  34: "typed array",
  35: "WeakMap",
  47: "waiting frame",
};

/** A live slot. `chunk`: bytes of chunks that it holds. */
interface Live {
  at: number;
  kind: number;
  chunk: number;
  id: string;
  refs: number[];
  next?: number;
  /** Of a function or a frame: where its code is. */
  code?: string;
  /** Of an instance: where its constructor is. */
  class?: string;
  scope?: 1;
}

/** What lives at the peak. */
export interface Walk {
  instructions: number;
  /** Slots of the stack in use, of the heap, and bytes of chunks. */
  stack: number;
  slots: number;
  chunks: number;
  roots: number[];
  live: Live[];
  /** The deepest that the stack was: the functions on it, the innermost first. `depth`: slots below the frame. */
  deepest: { instructions: number; stack: number; frames: readonly { depth: number; code?: string }[] };
}

/** Bytes and objects under one name. */
export interface Share {
  name: string;
  count: number;
  bytes: number;
}

/** Runs a linked program in ample space. @throws Error when it fails */
export async function walkOf(command: readonly string[], directory: string): Promise<Walk> {
  const [program, ...before] = command;
  const env = { ...process.env, SIMKEY_XS_WALK: "1" };
  const { stdout } = await run(program!, [...before, ...SPACE, directory], { env, maxBuffer: MOST_OUTPUT });
  const line = stdout.split("\n").find((text) => text.startsWith('{"walk"'));
  if (line === undefined) throw new Error(`${directory}: the engine gave no walk`);
  return (JSON.parse(line) as { walk: Walk }).walk;
}

/** An object: its own slots, what it is, and who leads to it. */
interface Thing {
  kind: string;
  name: string;
  bytes: number;
}

/** By kind of object, by owner, and by both, largest first. */
export function sharesOf({ live, roots }: Walk): { kinds: Share[]; owners: Share[]; things: Share[] } {
  const slots = new Map(live.map((slot) => [slot.at, slot]));
  const things = new Map<number, Thing>();
  const queue: { at: number; owner: string; via: string }[] = roots.map((at) => ({
    at,
    owner: "the machine",
    via: "",
  }));
  for (let i = 0; i < queue.length; i++) {
    const { at, owner, via } = queue[i]!;
    const slot = slots.get(at);
    if (slot === undefined || things.has(at)) continue;
    // An instance's properties are its own, and are visited with it.
    const own = slot.kind === KIND.instance ? chainOf(slot, slots) : [slot];
    const name = nameOf(slot, own) ?? owner;
    const kind = kindOf(slot, own, via);
    let bytes = 0;
    for (const part of own) {
      if (things.has(part.at)) continue;
      things.set(part.at, { kind: "", name: "", bytes: 0 });
      bytes += SLOT_BYTES + part.chunk;
      for (const to of part.refs)
        queue.push({ at: to, owner: name, via: part.id || (kind === "function" ? "captured" : via) });
    }
    things.set(at, { kind, name, bytes });
  }
  let lost = 0;
  for (const slot of live) if (!things.has(slot.at)) lost += SLOT_BYTES + slot.chunk;
  const all = [...things.values()].filter(({ bytes }) => bytes > 0);
  if (lost > 0) all.push({ kind: "not reached", name: "not reached", bytes: lost });
  return {
    kinds: sums(all, ({ kind }) => kind.split(" .")[0]!),
    owners: sums(all, ({ name }) => name.split(" ")[0]!),
    things: sums(all, ({ kind, name }) => `${name}: ${kind}`),
  };
}

function chainOf(slot: Live, slots: ReadonlyMap<number, Live>): Live[] {
  const chain = [slot];
  for (let next = slot.next; next !== undefined; ) {
    const part = slots.get(next);
    if (part === undefined) break;
    chain.push(part);
    next = part.next;
  }
  return chain;
}

function nameOf(slot: Live, own: readonly Live[]): string | undefined {
  const frame = own.find(({ kind }) => kind === KIND.stack)?.code;
  if (frame !== undefined) return frame;
  if (slot.code !== undefined && slot.code !== "native") return slot.code;
  return slot.class === undefined || slot.class === "native" ? undefined : slot.class;
}

function kindOf(slot: Live, own: readonly Live[], via: string): string {
  if (slot.kind !== KIND.instance)
    return slot.kind === KIND.closure || slot.kind === KIND.reference ? "variable" : `variable .${via}`;
  if (slot.code !== undefined) return slot.code === "native" ? "native function" : "function";
  if (slot.scope) return "scope";
  const told = own.slice(1).find(({ kind }) => NAMED_KINDS[kind] !== undefined);
  if (told) return NAMED_KINDS[told.kind]! + (told.kind === KIND.stack ? "" : ` .${via}`);
  return slot.class === undefined || slot.class === "native" ? `object .${via}` : "instance";
}

function sums(all: readonly Thing[], nameOf: (thing: Thing) => string): Share[] {
  const found = new Map<string, Share>();
  for (const thing of all) {
    const name = nameOf(thing);
    const share = found.get(name) ?? { name, count: 0, bytes: 0 };
    share.count++;
    share.bytes += thing.bytes;
    found.set(name, share);
  }
  return [...found.values()].sort((a, b) => b.bytes - a.bytes);
}

/** Shows a walk as tables. */
export function told(name: string, walk: Walk, rows = ROWS): string {
  const { instructions, stack, slots, chunks } = walk;
  const { kinds, owners, things } = sharesOf(walk);
  const table = (title: string, shares: readonly Share[]) => [
    `\n  ${title}`,
    ...shares
      .slice(0, rows)
      .map((one) => `  ${String(one.bytes).padStart(6)} ${String(one.count).padStart(4)}  ${one.name}`),
  ];
  const head =
    `${name}: at instruction ${instructions} ${slots} slots and ${chunks} bytes of chunks live, ` +
    `the stack being ${stack} slots deep`;
  const { deepest } = walk;
  const calls = deepest.frames.map(({ depth, code }) => `  ${String(depth).padStart(6)}       ${code ?? "?"}`);
  const stackHead = `\n  the stack at its deepest: ${deepest.stack} slots at instruction ${deepest.instructions}`;
  return [
    head,
    stackHead,
    ...calls,
    ...table("bytes, objects, kind", kinds),
    ...table("by owner", owners),
    ...table("each", things),
  ].join("\n");
}
