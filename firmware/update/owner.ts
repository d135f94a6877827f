// What an update asks of the device that it is for.

import type { Means } from "../cloud/connect.js";
import type { Platform } from "../platform/platform.js";
import type { UpdatePlatform } from "../platform/update.js";
import type { Config } from "../settings/table.js";
import type { DecoderFactory } from "./decoder.js";
import type { FormatName } from "./manifest.js";
import type { UpdateReport } from "./report.js";

export interface UpdateOwner {
  /** Of the SIM, once the modem has told it: spreads a fleet. */
  readonly iccid: string | undefined;
  /** Why the chip has started (boot-record.ts); undefined: nobody keeps it. */
  readonly reset: string | undefined;
  /** What a connection is stacked on. */
  means(): Means;
  /** Volume that was moved since the start, headers included, in bytes. */
  airBytes(): number;
  /** How the day's volume stands. */
  day(): "ok" | "near" | "spent";
  /** Puts a report into the outbox. @returns its number; undefined: there is no room, or no topic yet */
  report(report: UpdateReport): number | undefined;
  /** Whether the app lets an update go on now. */
  appAllows(): boolean;
  /** Asks the app how it is. @param done called once, now or within APP_SAMPLE_MS */
  askHealth(done: (isWell: boolean) => void): void;
  /** The device is to be offline for a while: it calls `window` then. */
  onWindow(): void;
  /** The device is to end in order, and to restart: it calls `commit` before. */
  onReady(): void;
  /** What comes next is a restart that is meant. */
  onUndo(): void;
}

export interface UpdateParts {
  platform: Pick<Platform, "clock" | "timer" | "log" | "keyValue" | "resetMemory">;
  update: UpdatePlatform;
  config: Pick<Config, "updateHost" | "updateRoots" | "updateBudgetKb">;
  /** Decoders that a desk has at hand; left out: formats.ts loads them. */
  decoders?: Readonly<Partial<Record<FormatName, DecoderFactory>>> | undefined;
  owner: UpdateOwner;
}
