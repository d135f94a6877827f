// What the steps that bring the modem up share: the channel, the time, the options, and what is known so far.

import type { Clock, Timer } from "../platform/clock.js";
import type { LinkStage, LinkStatus } from "../platform/link.js";
import type { DigitalOut } from "../platform/pins.js";
import type { Log } from "../platform/system.js";
import type { Channel } from "./channel.js";

/** What is asked of the network; checked before the first step. */
export interface SessionConfig {
  apn: string;
}

export interface Session {
  readonly channel: Channel;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
  readonly powerKey: DigitalOut | undefined;
  readonly config: SessionConfig;
  /** Tells people what goes on. */
  readonly report: (stage: LinkStage, detail: string) => void;
  /** What has been found out of SIM, module and cell. */
  readonly status: LinkStatus;
  /** True when the modem booted in this session, so nothing of an earlier one is left in it. */
  booted: boolean;
  /** AT+CAOPEN answers at once and tells its result later. */
  asyncOpen: boolean;
}
