// The parts of a board as a page sees and turns them: plain data, since a board may be in another process.

import type { BoardCore, Parts } from "../../board/board.js";
import type { Part } from "../../board/part.js";
import { Button, Led } from "../../board/pin-parts.js";
import type { Deed } from "./plan.js";

/** A quantity that a part measures. */
export interface QuantitySeen {
  name: string;
  unit: string;
  least: number;
  most: number;
  value: number;
}

/** A part of a board. */
export interface PartSeen {
  part: string;
  /** What can be turned. */
  quantities: readonly QuantitySeen[];
  /** Of a button. */
  pressed?: boolean;
  /** Of an LED. */
  lit?: boolean;
}

/** The parts as they are now. */
export const partsSeen = (parts: Parts): PartSeen[] =>
  Object.entries(parts).map(([part, it]) => ({
    part,
    quantities: Object.entries(it.quantities).flatMap(
      ([
        name,
        {
          kind: { unit, least, most },
        },
      ]) => {
        const value = measuredBy(it, name);
        return value === undefined ? [] : [{ name, unit, least, most, value }];
      },
    ),
    ...(it instanceof Button && { pressed: it.pressed }),
    ...(it instanceof Led && { lit: it.lit }),
  }));

/** Undefined: it follows a curve, which is a project's own code, and gives no number. */
function measuredBy(part: Part, name: string): number | undefined {
  try {
    return part.get(name);
  } catch {
    return undefined;
  }
}

/** Sets a part's quantity, held to its range. @returns false: there is no such part, or it has no such quantity */
export function setPart(
  { parts }: Pick<BoardCore, "parts">,
  { part: name, name: quantity, value }: Extract<Deed, { do: "part" }>,
): boolean {
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (!Number.isFinite(value)) return false;
  if (part instanceof Button) {
    part.pressed = value !== 0;
    return true;
  }
  const kind = part && Object.hasOwn(part.quantities, quantity) ? part.quantities[quantity]!.kind : undefined;
  if (part === undefined || kind === undefined) return false;
  part.set(quantity, Math.min(kind.most, Math.max(kind.least, value)));
  return true;
}
