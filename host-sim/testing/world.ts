// What stands around a device on a desk: the parts on its board, and what becomes of what they measure. A project says it in
// `sim/world.ts`; a run and the project's tests take it from there.

import { BOARDS, type Board as Row } from "../../firmware/modem/boards.js";
import { type BoardCore, makeBoard, type Parts, standardParts } from "../board/board.js";
import { NO_PIN } from "../board/pin-board.js";
import type { Position } from "../modem/motion.js";

/** The pins of a board that have a name. */
export type Pins = Readonly<Record<string, number>>;

/** Where a modem is, and how it moves from now on. */
export interface Place {
  /** Degrees (WGS 84). */
  readonly latitude: number;
  readonly longitude: number;
  /** Metres above the sea. Default 0. */
  readonly altitude?: number;
  /** Default 0. */
  readonly speedKmh?: number;
  /** Degrees from north, clockwise. Default 0. */
  readonly course?: number;
}

/** A place as the simulated modem takes it. @param now milliseconds since 1970: it moves from there on */
export function positionOf(place: Place, now: number): Position {
  return { altitude: 0, speedKmh: 0, course: 0, ...place, since: now };
}

/** The world of a project. */
export interface World<Has extends Parts = Parts> {
  /** The parts on the board, by name. Made anew for each board. @param pins those that have a name: `led`, `button`, `battery` */
  parts(pins: Pins): Has;
  /** Where the modem is at the beginning, and how it moves; left out: it stands in Berlin. */
  readonly place?: Place;
  /**
   * Sets values, or gives them a course over time; `simkey run` begins with it, tests set values themselves.
   * @param every calls something each so many milliseconds
   */
  live?(board: BoardCore & Has, every: (ms: number, callback: () => void) => void): void;
}

/**
 * A world, its types seen to.
 *
 * @example
 * export default defineWorld({
 *   parts: ({ led }) => ({ sht3x: new Sht3x(), led: new Led(led!) }),
 *   live: ({ sht3x }) => {
 *     sht3x.temperature = (ms) => 25 + 8 * Math.sin(ms / 10_000);
 *   },
 * });
 */
export const defineWorld = <Has extends Parts>(world: World<Has>): World<Has> => world;

/** The parts of a board that nobody describes: one of each that fits its pins. */
export const STANDARD_WORLD = defineWorld<ReturnType<typeof standardParts>>({
  parts: (pins) => {
    const { led, button, battery, ...others } = standardParts({ ...SPARE, ...pins });
    const onPins = { led, button, battery };
    const has = Object.entries(onPins).filter(([name]) => Object.hasOwn(pins, name));
    return { ...others, ...Object.fromEntries(has) } as ReturnType<typeof standardParts>;
  },
});
/** Pins of parts that are left out. */
const SPARE = { led: 46, button: 47, battery: 48 };

/** What a simulated board is told of its surroundings. */
export interface BoardSurroundings {
  /** Its row of firmware/modem/boards.ts; left out: `esp32-breakout`. */
  readonly row?: Row | undefined;
  readonly now: () => number;
  readonly later?: (callback: () => void) => void;
  readonly seed?: string | number;
  readonly onShown?: (part: string, name: string, value: number) => void;
}

/** A world asks for a pin that the board has not. */
export class MissingPin extends Error {}

/** A board as a world has it. @throws MissingPin; RangeError for parts that do not go together */
export function boardOf<Has extends Parts>(world: World<Has>, around: BoardSurroundings): BoardCore & Has {
  const { row = BOARDS["esp32-breakout"], ...others } = around;
  return makeBoard({ parts: partsFor(world, row), row, ...others });
}

/** A world's parts. It may look for a pin that is not there, and do without; a part cannot be put on it. */
function partsFor<Has extends Parts>(world: World<Has>, { name, pins }: Row): Has {
  const missing = new Set<string>();
  const asked = new Proxy<Pins>(pins, {
    get: (_, pin) => {
      if (Object.hasOwn(pins, pin)) return pins[String(pin)];
      missing.add(String(pin));
      return undefined;
    },
  });
  try {
    return world.parts(asked);
  } catch (error) {
    if (!(error instanceof RangeError) || error.message !== NO_PIN || missing.size === 0) throw error;
    const wanted = [...missing].map((pin) => `"${pin}"`).join(", ");
    throw new MissingPin(
      `the board ${name} has no pin ${wanted} (it has: ${Object.keys(pins).join(", ")}); the world asks for it, and so may the app`,
    );
  }
}
