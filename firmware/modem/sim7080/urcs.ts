// What the modem prints by itself, what it says, and what it means for the driver (SIM7080 AT V1.07 ch. 22 and the chapters of
// the commands that the lines belong to).

import type { Urc } from "../at/urc.js";
import { pinState } from "./commands/identity.js";
import { type PdpChange, pdpUrc, registrationUrc } from "./commands/network.js";
import { asleepUrc } from "./commands/sleep.js";
import { bufferFullUrc, dataUrc, endUrc, type OpenResult, openResult } from "./commands/socket.js";
import { type NtpAnswer, ntpUrc } from "./commands/time.js";
import type { Sockets } from "./sockets.js";

/** Whom the lines concern: the driver. */
export interface UrcTarget {
  readonly sockets: Pick<Sockets, "openEnded" | "dataWaits" | "peerEnded" | "bufferFull">;
  /** It has booted, or says that SMS can be used, which it does some seconds after each boot. */
  onBoot(line: string): void;
  /** It switches itself off. */
  onPowerDown(line: string): void;
  /** Its supply is about to fail. */
  onSupplyWarning(line: string): void;
  onPdp(change: PdpChange): void;
  /** `READY`, `NOT READY`, `NOT INSERTED`, or what the SIM asks for. */
  onPin(state: string): void;
  /** It goes to sleep. */
  onAsleep(): void;
}

type SimcomUrc<Said> = Urc<Said, UrcTarget>;
/** A URC table of the family. */
export type UrcTable = readonly SimcomUrc<unknown>[];

const text = (line: string) => line;
const onBoot = (driver: UrcTarget, line: string) => driver.onBoot(line);
const onPowerDown = (driver: UrcTarget, line: string) => driver.onPowerDown(line);
const onSupplyWarning = (driver: UrcTarget, line: string) => driver.onSupplyWarning(line);
const onPdp = (driver: UrcTarget, change: PdpChange) => driver.onPdp(change);
const onEnd = ({ sockets }: UrcTarget, cid: number) => sockets.peerEnded(cid);

/** With a fixed line speed only (§1.4). */
export const READY: SimcomUrc<string> = { prefix: "RDY", parse: text, handle: onBoot };
export const POWER_DOWN: SimcomUrc<string> = { prefix: "NORMAL POWER DOWN", parse: text, handle: onPowerDown };
export const PIN: SimcomUrc<string> = {
  prefix: "+CPIN:",
  parse: pinState,
  handle: (driver, state) => driver.onPin(state),
};
export const REGISTRATION_CHANGE: SimcomUrc<number> = { prefix: "+CEREG:", parse: registrationUrc };
export const PDP_CHANGES: readonly SimcomUrc<PdpChange>[] = [
  { prefix: "+APP PDP:", parse: pdpUrc, handle: onPdp },
  { prefix: "+PDP:", parse: pdpUrc, handle: onPdp },
];
export const NTP_ANSWER: SimcomUrc<NtpAnswer> = { prefix: "+CNTP:", parse: ntpUrc };
export const ASLEEP: SimcomUrc<true> = {
  prefix: "+CPSMSTATUS:",
  parse: asleepUrc,
  handle: (driver) => driver.onAsleep(),
};
/** Result of an AT+CAOPEN that has answered OK before. */
export const OPEN_RESULT: SimcomUrc<OpenResult> = {
  prefix: "+CAOPEN:",
  parse: openResult,
  handle: ({ sockets }, { cid, result }) => sockets.openEnded(cid, result),
};
/** Bytes wait at a socket. */
export const DATA: SimcomUrc<number> = {
  prefix: "+CADATAIND:",
  parse: dataUrc,
  handle: ({ sockets }, cid) => sockets.dataWaits(cid),
};

/** All of them; those of sockets first, as they come most often. */
export const URCS: UrcTable = [
  DATA,
  OPEN_RESULT,
  { prefix: "+CASTATE:", parse: endUrc, handle: onEnd },
  { prefix: "+CACLOSE:", parse: endUrc, handle: onEnd },
  { prefix: "+CAURC:", parse: bufferFullUrc, handle: ({ sockets }) => sockets.bufferFull() },
  READY,
  { prefix: "SMS Ready", parse: text, handle: onBoot },
  POWER_DOWN,
  { prefix: "UNDER-VOLTAGE POWER DOWN", parse: text, handle: onPowerDown },
  { prefix: "OVER-VOLTAGE POWER DOWN", parse: text, handle: onPowerDown },
  // Spelt so by the modem.
  { prefix: "UNDER-VOLTAGE WARNNING", parse: text, handle: onSupplyWarning },
  { prefix: "OVER-VOLTAGE WARNNING", parse: text, handle: onSupplyWarning },
  PIN,
  REGISTRATION_CHANGE,
  ...PDP_CHANGES,
  NTP_ANSWER,
  ASLEEP,
];
