// The AXP2101 PMU of the LilyGO T-SIM7080G-S3 (AXP2101 datasheet V1.4; register names and codes as in XPowersLib). It knows the
// rails: DC3 feeds the modem, BLDO1 the level shifter of its UART, DC1 the chip itself. Registers it does not model keep what is
// written.

import { ByteRegisters } from "./registers.js";

/** Address on the I2C bus, 7 bits. */
export const AXP2101_ADDRESS = 0x34;
export const CHIP_ID = 0x4a;

/** Registers with a meaning here. */
export const REG = {
  commonConfig: 0x10,
  chipId: 0x03,
  adcEnable: 0x30,
  tsPin: 0x50,
  dcEnable: 0x80,
  dc1Voltage: 0x82,
  dc3Voltage: 0x84,
  ldoEnable: 0x90,
  bldo1Voltage: 0x96,
  bldo2Voltage: 0x97,
} as const;

/** Rails of the board and what hangs on them. */
export type Rail = "DC1" | "DC3" | "BLDO1" | "BLDO2";

/** Voltage that DC3 must have for the modem (board: 2.7 to 3.4 V). */
export const MODEM_LEAST_MV = 2700;
export const MODEM_MOST_MV = 3400;

/** State after all power was lost: DC1 on at 3.3 V, DC3 and the LDOs off (LilyGO #164), TS pin measured. */
const COLD: readonly (readonly [number, number])[] = [
  [REG.chipId, CHIP_ID],
  [REG.adcEnable, 0x03],
  [REG.tsPin, 0x00],
  [REG.dcEnable, 0x01],
  [REG.dc1Voltage, 0x12],
  [REG.dc3Voltage, 0x00],
  [REG.ldoEnable, 0x00],
  [REG.bldo1Voltage, 0x1c],
  [REG.bldo2Voltage, 0x1c],
];

const READ_ONLY: ReadonlySet<number> = new Set([REG.chipId]);

/** What a change of the registers means for the board. Voltages in millivolts, 0: off. */
export type RailChange = (rail: Rail, millivolts: number) => void;

/** Voltage of a DC3 code (7 bits), in millivolts; undefined: a code nobody uses. */
export function dc3Millivolts(code: number): number | undefined {
  if (code <= 70) return 500 + 10 * code;
  if (code <= 87) return 1220 + 20 * (code - 71);
  return code <= 106 ? 1600 + 100 * (code - 88) : undefined;
}

function ldoMillivolts(code: number): number {
  return Math.min(3500, 500 + 100 * (code & 0x1f));
}

/** The PMU. Every write that changes a rail is told. */
export class Axp2101 extends ByteRegisters {
  readonly #registers = new Uint8Array(256);
  readonly #changed: RailChange;
  readonly #rails = new Map<Rail, number>();

  /** @param changed is told each rail that changes, also the first time */
  constructor(changed: RailChange = () => {}) {
    super(AXP2101_ADDRESS);
    this.#changed = changed;
    this.powerOn();
  }

  protected load(register: number): number {
    return this.fault === "lies" ? 0xff : this.#registers[register]!;
  }

  protected store(register: number, value: number): void {
    if (READ_ONLY.has(register)) return;
    this.#registers[register] = value;
    if (register === REG.commonConfig && (value & 1) === 1) this.#softOff();
    this.#tell();
  }

  /** Battery and USB were taken away and came back: every register is as from the factory. */
  powerOn(): void {
    this.#registers.fill(0);
    for (const [register, value] of COLD) this.#registers[register] = value;
    this.#tell();
  }

  /** A rail's voltage in millivolts, 0: off. */
  millivolts(rail: Rail): number {
    return this.#rails.get(rail) ?? 0;
  }

  /** True while the modem has a supply it can run on. */
  get modemSupplied(): boolean {
    return feedsModem(this.millivolts("DC3"));
  }

  /** True while the modem's UART reaches the chip: its level shifter hangs on BLDO1. */
  get uartConnected(): boolean {
    return this.millivolts("BLDO1") > 0;
  }

  /** True while the battery can be charged: the board has no thermistor, so its TS pin must not be measured. */
  get charges(): boolean {
    const measured = (this.#registers[REG.adcEnable]! & 0x02) !== 0;
    return !measured && (this.#registers[REG.tsPin]! & 0x1f) === 0x10;
  }

  #softOff(): void {
    this.#registers[REG.dcEnable] = 0;
    this.#registers[REG.ldoEnable] = 0;
    this.#registers[REG.commonConfig]! &= 0xfe;
  }

  #tell(): void {
    for (const [rail, millivolts] of this.#state()) {
      if (this.#rails.get(rail) === millivolts) continue;
      this.#rails.set(rail, millivolts);
      this.#changed(rail, millivolts);
    }
  }

  #state(): [Rail, number][] {
    const registers = this.#registers;
    const dc = registers[REG.dcEnable]!;
    const ldo = registers[REG.ldoEnable]!;
    const on = (bits: number, bit: number, millivolts: number) => ((bits & bit) === 0 ? 0 : millivolts);
    return [
      ["DC1", on(dc, 0x01, 1500 + 100 * registers[REG.dc1Voltage]!)],
      ["DC3", on(dc, 0x04, dc3Millivolts(registers[REG.dc3Voltage]! & 0x7f) ?? 0)],
      ["BLDO1", on(ldo, 0x10, ldoMillivolts(registers[REG.bldo1Voltage]!))],
      ["BLDO2", on(ldo, 0x20, ldoMillivolts(registers[REG.bldo2Voltage]!))],
    ];
  }
}

function feedsModem(millivolts: number): boolean {
  return millivolts >= MODEM_LEAST_MV && millivolts <= MODEM_MOST_MV;
}

/** A PMU whose DC3 switches a modem's supply. @param supply is told 1 when the modem can run, 0 when not, on each change */
export function pmuFeeding(supply: (level: 0 | 1) => void): Axp2101 {
  let level: 0 | 1 | undefined;
  return new Axp2101((rail, millivolts) => {
    if (rail !== "DC3") return;
    const now = feedsModem(millivolts) ? 1 : 0;
    if (now === level) return;
    level = now;
    supply(now);
  });
}
