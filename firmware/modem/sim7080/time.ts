// Wall clock: what the network told the modem, else an NTP server. A time before the floor is none. A network that tells a wrong
// time tells it until the radio registers anew, so where that time is doubted the server is asked first.

import type { LinkTime } from "../../platform/link.js";
import { untold } from "../at/error.js";
import { discipline } from "./clock-discipline.js";
import { NTP_TIMEOUT_MS, ntpContext, ntpQuery, ntpServer, readClock } from "./commands/time.js";
import { ModemError } from "./modem-error.js";
import type { ModemSession } from "./session.js";
import { NTP_ANSWER } from "./urcs.js";

/**
 * Reads the wall clock.
 * @param isDoubted the server is asked first, and the network where that tells no time
 * @throws ModemError `time-unknown`
 */
export async function readTime(session: ModemSession, isDoubted: boolean): Promise<LinkTime> {
  if (isDoubted) return await serverTime(session).catch(() => readTime(session, false));
  const { channel, clock, config } = session;
  const asked = clock.monotonic();
  const wallMs = (await channel.run(readClock).catch(untold))?.wallMs;
  if (wallMs === undefined || wallMs < config.floorMs) return serverTime(session);
  return discipline({ wallMs, source: "network" }, clock, asked);
}

/** @throws ModemError `time-unknown` */
async function serverTime({ channel, clock, config }: ModemSession): Promise<LinkTime> {
  const credible = (wallMs: number | undefined) =>
    wallMs !== undefined && wallMs >= config.floorMs ? wallMs : undefined;
  const told = channel.waitFor([NTP_ANSWER], NTP_TIMEOUT_MS);
  try {
    // Zero is what it begins with.
    await channel.run(ntpContext).catch(untold);
    await channel.run(ntpServer(config.ntpHost));
    await channel.run(ntpQuery);
  } catch (error) {
    told.cancel();
    throw new ModemError("time-unknown", "the network told no time and NTP cannot be started", error);
  }
  const answer = await told.said;
  channel.check();
  if (answer !== undefined && answer.code !== 1) {
    throw new ModemError("time-unknown", `the network told no time, and NTP ended with ${answer.code}`);
  }
  const asked = clock.monotonic();
  // Without an answer: the line may have been lost, and the clock set all the same.
  const ntp = credible(answer?.wallMs ?? (await channel.run(readClock).catch(untold))?.wallMs);
  if (ntp === undefined) {
    const told =
      answer === undefined ? "NTP gave no answer" : "NTP told no time, or one before this firmware was built";
    throw new ModemError("time-unknown", `the network told no time, and ${told}`);
  }
  return discipline({ wallMs: ntp, source: "ntp" }, clock, asked);
}
