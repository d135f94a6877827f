// What stands against an update, as two tables: for good, and for now.

import { sameBytes } from "../bytes/equal.js";
import type { ImageIdentity } from "../platform/update.js";
import { matchesHost } from "../settings/rules.js";
import { type UpdateCode, UpdateError } from "./error.js";
import type { FormatName, Manifest } from "./manifest.js";

/** Tries of one digest: fetched whole, or started. */
export const TRIES_MOST = 3;
/** Least charge of the battery, in per cent: writing flash with a supply that fails is what the slots are there for. */
export const BATTERY_MIN_PERCENT = 30;
/** Temperatures at which flash is written, in °C: what the module's is specified for, with a margin for its own heat. */
export const TEMPERATURES_C = [-20, 70] as const;

/** What an update is held against. */
export interface Facts {
  identity: ImageIdentity;
  /** Highest `seq` that was ever confirmed, and the last one that was accepted. */
  confirmed: number;
  accepted: number;
  undone: readonly Uint8Array[];
  /** Of the slot that it goes to. */
  slotBytes: number;
  sectorBytes: number;
  /** Whether the image that runs can unpack it. */
  knows: (format: FormatName) => boolean;
  hostPattern: string;
  /** Most volume of one update, in bytes; 0: not bounded. */
  budgetBytes: number;
  /** Volume that the update has taken so far; of tries of the same file, how many there were, and bytes that are there. */
  usedBytes: number;
  tries: number;
  done: number;
}

interface Rule {
  code: UpdateCode;
  /** Whether it stands against the update. */
  fails: (manifest: Manifest, facts: Facts) => boolean;
  says: (manifest: Manifest, facts: Facts) => string;
}

/** The least `seq` that may follow is one more than this. */
export const newest = ({ identity, confirmed }: Pick<Facts, "identity" | "confirmed">) =>
  Math.max(identity.seq, confirmed);

/** The least that may follow: one that was accepted may come again. */
const least = (facts: Facts) => Math.max(newest(facts) + 1, facts.accepted);

/** In the order in which they are looked at. */
const RULES: readonly Rule[] = [
  {
    code: "update-board",
    fails: ({ board }, { identity }) => board !== identity.board,
    says: ({ board }, { identity }) => `it is for the board ${board}, and this is ${identity.board}`,
  },
  {
    code: "update-chip",
    fails: ({ chip }, { identity }) => chip !== identity.chip,
    says: ({ chip }, { identity }) => `it is for the chip ${chip}, and this is ${identity.chip}`,
  },
  {
    code: "update-layout",
    fails: ({ layout }, { identity }) => layout !== identity.layout,
    says: ({ layout }, { identity }) => `it is for the layout ${layout}, and this is ${identity.layout}`,
  },
  {
    code: "update-seq",
    fails: ({ seq }, facts) => seq < least(facts),
    says: ({ seq }, facts) => `its number is ${seq}, and the least that may follow is ${least(facts)}`,
  },
  {
    code: "update-base",
    fails: ({ minBase }, { identity }) => identity.seq < minBase,
    says: ({ minBase }, { identity }) => `it may follow ${minBase} or later, and ${identity.seq} runs`,
  },
  {
    code: "update-rolled-back",
    fails: ({ sha256 }, { undone }) => undone.some((digest) => sameBytes(digest, sha256)),
    says: () => "this image was tried and undone",
  },
  {
    code: "update-format",
    fails: ({ format }, { knows }) => !knows(format),
    says: ({ format }) => `the image that runs cannot unpack ${format}`,
  },
  {
    code: "update-size",
    fails: (manifest, { slotBytes, sectorBytes }) => takes(manifest, sectorBytes) > slotBytes,
    says: (manifest, { slotBytes, sectorBytes }) =>
      `it takes ${takes(manifest, sectorBytes)} bytes, and the slot has ${slotBytes}`,
  },
  {
    code: "update-host",
    fails: ({ address }, { hostPattern }) => !matchesHost(address.host, hostPattern),
    says: ({ address }, { hostPattern }) => `${address.host} is not ${hostPattern}`,
  },
  {
    code: "update-budget",
    fails: ({ length }, { budgetBytes, usedBytes, done }) =>
      budgetBytes > 0 && usedBytes + volumeOf(length - done) > budgetBytes,
    says: ({ length }, { budgetBytes, usedBytes, done }) =>
      `it takes ${usedBytes + volumeOf(length - done)} bytes in all, and an update may take ${budgetBytes}`,
  },
  {
    code: "update-tries",
    fails: (_, { tries }) => tries >= TRIES_MOST,
    says: () => `it was tried ${TRIES_MOST} times`,
  },
];

/** A connection to a server of images, up to the head of its answer. */
const CONNECT_BYTES = 8_192;
/** One transfer from the modem: one that is under way as the window breaks off is counted behind it. */
export const TRANSFER_BYTES = 1_540;
/**
 * That, and what a modem holds unread at the most: 10,240 (SIM7080 AT V1.07 §12, RCVBUF), in segments with a header and an
 * acknowledgement each.
 */
export const UNREAD_BYTES = TRANSFER_BYTES + 10_880;

/** Payload as it is over the air: a sixteenth for records, headers and acknowledgements. */
export const overAir = (bytes: number) => Math.ceil((bytes * 17) / 16);

/** What it takes to fetch so many bytes in one go. A server may send more than that before any of it is read. */
export const volumeOf = (missing: number) =>
  missing === 0 ? 0 : CONNECT_BYTES + Math.max(overAir(missing), UNREAD_BYTES);

/** Whole sectors. */
export const sectors = (bytes: number, sectorBytes: number) => Math.ceil(bytes / sectorBytes) * sectorBytes;

/** Bytes of the slot that an update takes at least: the image, or the file that it is made of. */
function takes({ size, length }: Manifest, sectorBytes: number): number {
  return sectors(Math.max(size, length), sectorBytes);
}

/**
 * Whether the slot does not hold the image beside the file that it is made of: it grows over what of the file has been read.
 * Once it does, only another fetch brings the file back.
 */
export function overlaps({ format, size, length }: Manifest, slotBytes: number, sectorBytes: number): boolean {
  return format !== "image" && sectors(size, sectorBytes) + sectors(length, sectorBytes) > slotBytes;
}

/** Where the file goes in the slot: a packed one into its tail. */
export function fileOffset({ format, length }: Manifest, slotBytes: number, sectorBytes: number): number {
  return format === "image" ? 0 : slotBytes - sectors(length, sectorBytes);
}

/** What stands against an update for good; undefined: nothing. */
export function refusalOf(manifest: Manifest, facts: Facts): UpdateError | undefined {
  const rule = RULES.find(({ fails }) => fails(manifest, facts));
  return rule && new UpdateError(rule.code, rule.says(manifest, facts));
}

/** How things are at the moment. What a board cannot tell is left out, and stands against nothing. */
export interface Conditions {
  wallMs: number | undefined;
  acceptedS: number;
  /** What tells this device from others, the same each time: 0 <= share < 1. */
  share: number;
  batteryPercent?: number | undefined;
  temperatureC?: number | undefined;
  /** How the day's volume stands. */
  day: "ok" | "near" | "spent";
  appAllows: () => boolean;
}

interface Gate {
  code: UpdateCode;
  isShut: (manifest: Manifest, conditions: Conditions) => boolean;
}

/** In the order in which they are looked at: the app is asked last. */
const GATES: readonly Gate[] = [
  {
    code: "update-not-yet",
    isShut: (manifest, conditions) =>
      conditions.wallMs === undefined || conditions.wallMs < goAtMs(manifest, conditions),
  },
  {
    code: "update-battery",
    isShut: (_, { batteryPercent }) => batteryPercent !== undefined && batteryPercent < BATTERY_MIN_PERCENT,
  },
  {
    code: "update-temperature",
    isShut: (_, { temperatureC }) =>
      temperatureC !== undefined && !(temperatureC >= TEMPERATURES_C[0] && temperatureC <= TEMPERATURES_C[1]),
  },
  { code: "update-day", isShut: (_, { day }) => day !== "ok" },
  { code: "update-app", isShut: (_, { appAllows }) => !appAllows() },
];

/** When this device's turn comes, wall milliseconds: a fleet is spread from `notBefore` on, or from when each heard of it. */
export function goAtMs(
  { notBeforeMs, spreadS }: Pick<Manifest, "notBeforeMs" | "spreadS">,
  { acceptedS, share }: Pick<Conditions, "acceptedS" | "share">,
): number {
  return Math.max(notBeforeMs, 1_000 * acceptedS) + Math.floor(1_000 * spreadS * share);
}

/** Why an update does not go on now; undefined: it does. */
export function gateOf(manifest: Manifest, conditions: Conditions): UpdateCode | undefined {
  return GATES.find(({ isShut }) => isShut(manifest, conditions))?.code;
}
