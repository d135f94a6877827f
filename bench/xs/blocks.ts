// What the block of an image must be, from what bench/xs/budget.json says of full devices (full.ts): the one that takes most,
// what a chip has beside the bench, and a quarter of both in reserve.

import type { Budget } from "./budget.js";
import { isUpdated } from "./full.js";

const SLOT_BYTES = 16;
/**
 * Slots that an emulated chip had at most beside the same journey of the bench, on one firmware and one XS: a device with a key,
 * made and shown on its console, 2,559 and 2,165; by HTTPS 2,111 and 1,787; by WebSocket 1,919 and 1,787; by MQTT 1,791 and 1,661
 * (docs/evidence/memory.md).
 */
const CHIP_SLOTS = 2_559 - 2_165;
/** For what neither has: saved TLS sessions, longer answers, errors with their stacks, an app larger than those of examples/. */
const RESERVE = 1.25;

/** Most that a full device takes. @param updated one that makes an image meanwhile */
export function mostOf(budget: Budget, updated: boolean): number {
  const full = Object.entries(budget).filter(([name]) => name.startsWith("full-") && isUpdated(name) === updated);
  return Math.max(...full.map(([, { heap }]) => heap!));
}

/** Least bytes of an image's block. */
export const leastBlock = (budget: Budget, updated: boolean): number =>
  RESERVE * (mostOf(budget, updated) + CHIP_SLOTS * SLOT_BYTES);
