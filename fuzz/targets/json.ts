// JSON: the streaming picker of members and the whole reader, held against the language's own parser.

import { JSON_LIMITS, JSON_LIST_LIMIT, type JsonShape, readJson } from "../../firmware/bytes/json.js";
import { JsonFields } from "../../firmware/bytes/json-fields.js";
import { JSON_DEPTH_LIMIT, JSON_NAME_LIMIT, JSON_NUMBER_LIMIT } from "../../firmware/bytes/json-reader.js";
import { anySplit, attempt, cutSeeds, promise, type Target, words } from "../target.js";

const NAMES = ["a", "name", "token"];

type Found = { name: string; kind: string; bytes: number[] };

function pick(pieces: readonly Uint8Array[]): { found: Found[]; failed?: string } {
  const found: Found[] = [];
  let bytes: number[] = [];
  const reader = new JsonFields(NAMES, {
    onPiece: (_name, piece) => {
      bytes.push(...piece);
    },
    onValue: (name, kind) => {
      promise(kind === "string" || bytes.length <= JSON_NUMBER_LIMIT, "a number is longer than its limit");
      found.push({ name, kind, bytes });
      bytes = [];
    },
  });
  const outcome = attempt([SyntaxError, RangeError], () => {
    for (const piece of pieces) reader.push(piece);
    reader.end();
  });
  return { found, ...outcome };
}

/** What the language's parser makes of the text; undefined for what is no text or no object. */
function oracle(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the text keeps the reader's limits, and names nothing twice, of which each parser keeps another. */
function ordinary(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString("latin1");
  const deep = (text.match(/[[{]/g)?.length ?? 0) > JSON_DEPTH_LIMIT;
  const long = /[-+.0-9eE]{41,}/.test(text);
  const named = NAMES.some((name) => (text.toLowerCase().split(`"${name}"`).length ?? 0) > 2);
  return !deep && !long && !named && !text.includes("\\u") && bytes.length < JSON_NAME_LIMIT * 8;
}

function compare(bytes: Uint8Array): void {
  const { found, failed } = pick([bytes]);
  const meant = oracle(bytes);
  if (meant === undefined || !ordinary(bytes)) return;
  promise(failed === undefined, `an object was refused: ${failed}`);
  for (const { name, kind, bytes: value } of found) {
    const key = Object.keys(meant).find((one) => one.toLowerCase() === name);
    if (key === undefined) continue;
    const right = meant[key];
    const text = Buffer.from(value).toString();
    if (kind === "string") promise(text === right, "a string means something else");
    else if (kind === "container") promise(typeof right === "object", "a container that is none");
    else promise(Object.is(JSON.parse(text), right), "a number or literal means something else");
  }
  for (const name of NAMES) {
    const there = Object.keys(meant).some((one) => one.toLowerCase() === name);
    promise(found.some((one) => one.name === name) === there, `the member ${name} was not told, or made up`);
  }
}

const tokens = words(
  ...[
    '"a"',
    '"name":',
    '"token":"',
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "true",
    "false",
    "null",
    "\\u0041",
    "\\ud83d\\ude00",
  ],
  ...['\\"', "\\\\", "1e9", "-0.5", "\xc3\xa9", "x".repeat(70), "1".repeat(45), "[[[[[[[[", '{"a":{"a":'],
);
const seeds = cutSeeds(
  '{"a":"text","name":-1.5e3,"token":{"deep":[1,2,{"a":null}]}}',
  '{ "A" : "\\u00e9\\ud83d\\ude00\\n\\"" , "other":[true,false,null] }',
  '{"name":"","x":{"name":"inner"},"token":true}',
  `{"${"n".repeat(80)}":1,"a":[[[[]]]]}`,
);

export const jsonFields: Target = {
  name: "json-fields",
  seeds,
  tokens,
  work: { base: 600, perByte: 120 },
  run: (input) => {
    anySplit(input, pick);
    compare(input.subarray(1));
  },
  endless: () => {
    const sink = { onPiece: () => {}, onValue: () => {} };
    let reader = new JsonFields(NAMES, sink);
    return (bytes) => {
      if (attempt([SyntaxError, RangeError], () => reader.push(bytes))) reader = new JsonFields(NAMES, sink);
    };
  },
};

/** Members of every shape. */
const SHAPE = { a: "plain", name: "list", token: { a: "plain", deep: "list" } } as const;

/** What of a value a reader that is asked for this shape gives. */
function trimmed(value: unknown, shape: JsonShape | undefined): unknown {
  if (Array.isArray(value)) return shape === "list" ? value.map((item) => trimmed(item, "plain")) : [];
  if (typeof value !== "object" || value === null) return value;
  const names = typeof shape === "object" ? shape : {};
  const own = Object.entries(value).filter(([name]) => Object.hasOwn(names, name));
  return Object.fromEntries(own.map(([name, item]) => [name, trimmed(item, names[name])]));
}

/** Whether a text that the language takes may be refused: for a limit, or for half a surrogate pair. */
function mayBeRefused(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString("latin1");
  const deep = (text.match(/[[{]/g)?.length ?? 0) > JSON_LIMITS.depth;
  const list = (text.match(/,/g)?.length ?? 0) >= JSON_LIST_LIMIT;
  return bytes.length > JSON_LIMITS.bytes || deep || list || /[-+.0-9eE]{41,}/.test(text) || text.includes("\\u");
}

export const jsonWhole: Target = {
  name: "json",
  seeds: seeds.map((seed) => seed.subarray(1)),
  tokens,
  work: { base: 600, perByte: 120 },
  run: (input) => {
    const value = attempt([SyntaxError, RangeError], () => ({ value: readJson(input, SHAPE) }));
    const meant = oracle(input);
    if ("value" in value) {
      promise(input.length <= JSON_LIMITS.bytes, "a text longer than its limit");
      const right = JSON.stringify(trimmed(meant, SHAPE), Object.keys({ ...SHAPE, ...SHAPE.token }).sort());
      const got = JSON.stringify(value.value, Object.keys({ ...SHAPE, ...SHAPE.token }).sort());
      if (meant !== undefined) promise(got === right, "another value");
    } else if (meant !== undefined) promise(mayBeRefused(input), "an object was refused");
  },
};
