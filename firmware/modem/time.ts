// Wall clock: what the network told the modem, else an NTP server.

import type { LinkTime } from "../platform/link.js";
import type { Channel } from "./channel.js";
import { NTP_TIMEOUT_MS, ntpContext, ntpQuery, ntpServer, ntpUrc, readClock } from "./commands/time.js";
import { ModemError } from "./modem-error.js";

const NTP_HOST = "pool.ntp.org";

/**
 * Reads the wall clock.
 * @throws ModemError `time-unknown`
 */
export async function readTime(channel: Channel): Promise<LinkTime> {
  const { wallMs } = await channel.run(readClock);
  if (wallMs !== undefined) return { wallMs, source: "network" };
  const told = channel.waitFor((line) => ntpUrc(line) !== undefined, NTP_TIMEOUT_MS);
  try {
    await channel.run(ntpContext);
    await channel.run(ntpServer(NTP_HOST));
    await channel.run(ntpQuery);
  } catch (error) {
    told.cancel();
    throw new ModemError("time-unknown", "the network told no time and NTP cannot be started", error);
  }
  const line = await told.line;
  const answer = line === undefined ? undefined : ntpUrc(line);
  if (answer?.code !== 1) {
    throw new ModemError("time-unknown", `the network told no time, and NTP ended with ${answer?.code ?? "no answer"}`);
  }
  const ntp = answer.wallMs ?? (await channel.run(readClock)).wallMs;
  if (ntp === undefined) throw new ModemError("time-unknown", "NTP answered without a time");
  return { wallMs: ntp, source: "ntp" };
}
