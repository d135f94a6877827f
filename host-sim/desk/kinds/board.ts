// Faults of the board: its clock, its flash, its power.

import { BLOCKS_MIN } from "../../../firmware/store/ring-log.js";
import type { FaultKind, FaultValue } from "../fault.js";
import type { Stage } from "../stage.js";
import { from, HOURS, MINUTES, oneOf, steady, withoutPowerKey } from "./make.js";

const HOUR_MS = 3_600_000;
/** Blocks that may wear out: an outbox must be left without them. */
const WEARING = [1, 4];
const HOURS_WRONG = oneOf(-12, -5, -2, -1, 1, 2, 5, 12);

const networkTime = (stage: Stage, value: FaultValue) =>
  stage.push(stage.modem.setNetwork({ timeOffsetMs: Number(value) * HOUR_MS }, stage.now));

export const CLOCK_KINDS: Readonly<Record<string, FaultKind>> = {
  "clock-unset": {
    seam: "clock",
    help: "neither the network nor NTP tells the time",
    lasts: MINUTES,
    begin: ({ modem }) => {
      modem.setFault("no-network-time");
      modem.setFault("ntp-fails");
    },
    end: ({ modem }) => {
      modem.clearFault("no-network-time");
      modem.clearFault("ntp-fails");
    },
  },
  "clock-jump": {
    seam: "clock",
    help: "the board's clock jumps by this many hours",
    value: oneOf(-24, -5, -1, 1, 5, 24),
    begin: (stage, value) => stage.moveClock(Number(value) * HOUR_MS),
  },
  "clock-wrong": {
    seam: "clock",
    help: "the network's time is wrong by this many hours",
    lasts: HOURS,
    value: HOURS_WRONG,
    begin: (stage, value) => networkTime(stage, value!),
    end: (stage) => networkTime(stage, 0),
  },
};

export const FLASH_KINDS: Readonly<Record<string, FaultKind>> = {
  "flash-power-cut": {
    seam: "flash",
    help: "the power goes after this many bytes more were written or steps of an erase done",
    lasts: MINUTES,
    value: from(1, 2_000),
    spares: steady,
    begin: ({ flash }, value) => flash.cutAfter(Number(value)),
    end: ({ flash }) => flash.cutAfter(Number.POSITIVE_INFINITY),
  },
  "flash-worn": {
    seam: "flash",
    help: "this block does not keep what is written to it any more",
    value: oneOf(...WEARING),
    spares: ({ flashBlocks }) => flashBlocks < WEARING.length + BLOCKS_MIN,
    begin: ({ flash }, value) => flash.wearOut(Number(value)),
  },
};

export const CHIP_KINDS: Readonly<Record<string, FaultKind>> = {
  "chip-restart": { seam: "chip", help: "the chip restarts", spares: steady, begin: (stage) => stage.powerDip(0) },
  "chip-engine-ends": {
    seam: "chip",
    help: "the engine ends, without a word, after this many steps more",
    lasts: MINUTES,
    value: from(1, 2_000),
    spares: steady,
    begin: (stage, value) => stage.engineEnds(Number(value)),
    end: (stage) => stage.engineEnds(Number.POSITIVE_INFINITY),
  },
  "chip-engine-loop": {
    seam: "chip",
    help: "the engine ends at this step of each life, start after start",
    lasts: MINUTES,
    value: from(1, 1_500),
    spares: steady,
    begin: (stage, value) => stage.engineEndsAt(Number(value)),
    end: (stage) => stage.engineEndsAt(Number.POSITIVE_INFINITY),
  },
  "chip-dark": {
    seam: "chip",
    help: "the board is without power for this many seconds; the modem is not",
    value: from(1, 600),
    spares: steady,
    begin: (stage, value) => stage.powerDip(Number(value) * 1000),
  },
  "chip-power-out": {
    seam: "chip",
    help: "board and modem are without power for this many seconds",
    value: from(1, 600),
    spares: (setup) => steady(setup) || withoutPowerKey(setup),
    begin: (stage, value) => {
      stage.push(stage.modem.supply(0, stage.now));
      stage.push(stage.modem.supply(1, stage.now));
      stage.powerDip(Number(value) * 1000);
    },
  },
};
