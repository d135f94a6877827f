// Where the device is: when a fix is looked for, the last one, and how old it is. A module by itself: a device without the
// setting makes none of it.
//
// Rules: a look begins only while the device has no connection, since the modem's radio is off for as long as its receiver is
// on: before each bring-up of the link for which one is due (a device that sleeps deeply so has it in the record of that
// very wake), else between two connections, once nothing waits. It ends by its deadline, and whatever came of it, the link
// is brought up next. The next look is counted from the end of this one, so that a device has the time between them for its
// records. The very first start looks first; behind any other restart the link comes first: what ends a device again and
// again keeps it from its cloud no longer than it must, and only the cloud's clock tells when it last looked. The last
// fix is kept over restarts, and told with its age, never without.

import type { AppFix } from "../platform/app.js";
import { asFailure, storyOf } from "../platform/failure.js";
import type { Link, LinkFix } from "../platform/link.js";
import type { Platform } from "../platform/platform.js";
import type { Config } from "../settings/table.js";
import { keep } from "./memory.js";

/** An app that asks again and again has a look this often at the most, in milliseconds. */
const WISHED_EVERY_MS = 60_000;
const KEY = "position";
/**
 * In this order as 64-bit numbers; NaN: unknown. Then when the last look ended, wall ms, and how long ago that is when a
 * deep sleep ends, in ms.
 */
const KEPT = ["wallMs", "latitude", "longitude", "altitudeM", "speedKmh", "courseDeg", "accuracyM"] as const;
const LOOKED = 8 * KEPT.length;
const SINCE = LOOKED + 8;
const BYTES = SINCE + 8;
/** A 10,000th of a degree is 11 m, a 100,000th 1 m: what a receiver can tell. */
const DEGREE = 100_000;
/** 2026-01-01T00:00:00Z: no fix is older than the firmware. */
const OLDEST_MS = 1_767_225_600_000;

export interface PositionParts {
  platform: Pick<Platform, "clock" | "keyValue" | "log">;
  config: Pick<Config, "positionS" | "positionWaitS">;
  /** The device wakes from a deep sleep, before which `keep` was called. */
  isWoken: boolean;
}

/** What a record tells of the last fix; the README has what each means. */
export interface PositionFields {
  lat: number;
  lon: number;
  alt?: number;
  speed?: number;
  course?: number;
  acc?: number;
  fixAge: number;
}

export class Position {
  readonly #parts: PositionParts;
  readonly #everyMs: number;
  #fix: LinkFix | undefined;
  /** Monotonic time of the fix, in milliseconds; undefined: of a life before this one. */
  #fixedAt: number | undefined;
  /** The same of the end of the last look; below 0 in a life before. Undefined: the clock has yet to tell. */
  #lookedAt: number | undefined = Number.NEGATIVE_INFINITY;
  /** When it ended, wall ms, by a life before. */
  #lookedWallMs = Number.NaN;
  #isWished = false;

  constructor(parts: PositionParts) {
    this.#parts = parts;
    this.#everyMs = parts.config.positionS * 1_000;
    this.restore(parts.isWoken);
  }

  /** Milliseconds until a fix is to be looked for, 0 or more; as long as the clock has yet to tell: not yet. */
  get dueInMs(): number {
    const since = this.sinceLookMs;
    if (since === undefined) return this.#everyMs;
    const everyMs = this.#isWished ? Math.min(WISHED_EVERY_MS, this.#everyMs) : this.#everyMs;
    return Math.max(0, everyMs - since);
  }

  /** It is put off no longer for what waits: by then that has had as much time again. */
  get isOverdue(): boolean {
    return (this.sinceLookMs ?? 0) >= 2 * this.#everyMs;
  }

  /** An app wants a fix before the next is due. */
  wish(): void {
    this.#isWished = true;
  }

  /**
   * Looks for a fix; never throws.
   * @param isWanted false: the search is given up
   */
  async look(link: Pick<Link, "locate">, isWanted: () => boolean): Promise<void> {
    const { platform, config } = this.#parts;
    const { clock, log } = platform;
    const began = clock.monotonic();
    const ms = () => clock.monotonic() - began;
    try {
      const fix = await link.locate?.({ withinMs: config.positionWaitS * 1_000, isWanted });
      if (fix === undefined) {
        log("warn", "no-position", { code: "no-fix", message: "no fix was found in time", ms: ms() });
      } else {
        this.#fix = fix;
        this.#fixedAt = clock.monotonic();
        log("info", "located", { ms: ms(), accuracyM: fix.accuracyM });
      }
    } catch (error) {
      log("warn", "no-position", { code: asFailure(error).code, message: storyOf(error), ms: ms() });
    }
    this.#lookedAt = clock.monotonic();
    this.#isWished = false;
    if (this.#fixedAt === this.#lookedAt) this.keep();
  }

  /** The last fix with its age; undefined: there is none, or its age is not known. */
  last(): AppFix | undefined {
    const fix = this.#fix;
    const ageS = this.ageS();
    if (fix === undefined || ageS === undefined) return undefined;
    const { latitude, longitude, altitudeM, speedKmh, courseDeg, accuracyM } = fix;
    return { latitude, longitude, altitudeM, speedKmh, courseDeg, accuracyM, ageS };
  }

  /** For a record; undefined as `last`. */
  fields(): PositionFields | undefined {
    const last = this.last();
    if (last === undefined) return undefined;
    const { latitude, longitude, altitudeM, speedKmh, courseDeg, accuracyM, ageS } = last;
    const round = (value: number, parts = 1) => Math.round(value * parts) / parts;
    return {
      lat: round(latitude, DEGREE),
      lon: round(longitude, DEGREE),
      ...(altitudeM !== undefined && { alt: round(altitudeM) }),
      ...(speedKmh !== undefined && { speed: round(speedKmh) }),
      ...(courseDeg !== undefined && { course: round(courseDeg) }),
      ...(accuracyM !== undefined && { acc: round(accuracyM) }),
      fixAge: ageS,
    };
  }

  /**
   * Keeps fix and time of the last look over a restart: at each fix, and before each deep sleep.
   * @param sleepMs how long that sleep is to be
   */
  keep(sleepMs = Number.NaN): void {
    const { platform } = this.#parts;
    const since = this.sinceLookMs ?? Number.NaN;
    const view = new DataView(new ArrayBuffer(BYTES));
    for (const [i, name] of KEPT.entries()) view.setFloat64(8 * i, this.#fix?.[name] ?? Number.NaN);
    // Before the clock is set, the satellites' own time serves.
    const wall = platform.clock.wall() ?? (since === 0 ? this.#fix?.wallMs : undefined) ?? Number.NaN;
    view.setFloat64(LOOKED, wall - since);
    view.setFloat64(SINCE, since + sleepMs);
    keep(platform, KEY, new Uint8Array(view.buffer));
  }

  private restore(isWoken: boolean): void {
    const { clock, keyValue } = this.#parts.platform;
    const bytes = keyValue.read(KEY);
    if (bytes?.length !== BYTES) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const [wallMs, latitude, longitude, ...rest] = KEPT.map((_, i) => view.getFloat64(8 * i));
    if (wallMs! >= OLDEST_MS && Math.abs(latitude!) <= 90 && Math.abs(longitude!) <= 180) {
      const known = rest.map((value) => (Number.isFinite(value) ? value : undefined));
      const [altitudeM, speedKmh, courseDeg, accuracyM] = known;
      this.#fix = {
        latitude: latitude!,
        longitude: longitude!,
        altitudeM,
        speedKmh,
        courseDeg,
        accuracyM,
        wallMs: wallMs!,
      };
    }
    this.#lookedWallMs = view.getFloat64(LOOKED);
    const since = view.getFloat64(SINCE);
    this.#lookedAt = isWoken && since >= 0 ? clock.monotonic() - since : undefined;
  }

  /** Since the end of the last look; infinity: there was none; undefined: the clock has yet to tell. */
  private get sinceLookMs(): number | undefined {
    const { clock } = this.#parts.platform;
    const now = clock.monotonic();
    const wall = clock.wall();
    if (this.#lookedAt === undefined && wall !== undefined) {
      const since = wall - this.#lookedWallMs;
      // A clock that was moved back tells nothing.
      this.#lookedAt = since >= 0 ? now - since : Number.NEGATIVE_INFINITY;
    }
    return this.#lookedAt === undefined ? undefined : now - this.#lookedAt;
  }

  /** By this life's own time, else by the device's clock and the satellites'. */
  private ageS(): number | undefined {
    const { clock } = this.#parts.platform;
    const wall = clock.wall();
    if (this.#fixedAt !== undefined) return Math.round((clock.monotonic() - this.#fixedAt) / 1_000);
    if (this.#fix === undefined || wall === undefined) return undefined;
    return Math.max(0, Math.round((wall - this.#fix.wallMs) / 1_000));
  }
}
