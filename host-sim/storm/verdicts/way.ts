// Promises about the way to the cloud: what is dialled, with which token, at which time, how long silence lasts, what
// the modem keeps.

import { TIMEOUTS } from "../../../firmware/mqtt/options.js";
import { ENDPOINT_HOST } from "../../cloud/names.js";
import { endOf, type Seam } from "../../desk/fault.js";
import { kindOf } from "../../desk/kinds/index.js";
import { DEFAULT_START_MS } from "../../world/virtual-world.js";
import { type Evidence, linesOf } from "../evidence.js";
import type { Connection } from "../wire.js";
import type { Verdict } from "./verdict.js";

const SECOND = 1_000;
const MQTT = "mqtt";

export const NAMED_DIALS: Verdict = {
  name: "named-dials",
  promise:
    "Every connection names its host by SNI, and by ALPN the protocol where it is MQTT's, which the server must select.",
  seen: ({ connections }) => connections.length,
  check: ({ connections, trial }) =>
    connections.flatMap(({ at, host, serverName, alpn, requireAlpn, isMqtt }) => {
      if (serverName !== host) return [{ at, what: `${host} was dialled with the SNI "${serverName}"` }];
      const { transport, fallback } = trial.setup.config;
      const needs = transport === "mqtt" && host === ENDPOINT_HOST && (isMqtt || fallback === "none");
      const offered = alpn.join();
      if (needs && !(offered === MQTT && requireAlpn))
        return [{ at, what: `MQTT was dialled with the ALPN "${offered}"` }];
      const may = transport === "mqtt" && host === ENDPOINT_HOST;
      return offered !== "" && !may ? [{ at, what: `${host} was dialled with the ALPN "${offered}"` }] : [];
    }),
};

/** Return codes of a CONNACK that ask for other credentials (MQTT 3.1.1 §3.2.2.3; 7 is AWS IoT Core's). */
const REFUSED: ReadonlySet<number> = new Set([2, 4, 5, 7]);
/** A life that ends so soon behind a refusal may not have come to forgetting the token. */
const FORGETS_WITHIN = 100;

export const REFUSED_TOKEN: Verdict = {
  name: "refused-token",
  promise: "A token that the broker has refused is never used again.",
  seen: ({ connections }) => connections.filter(isRefused).length,
  check: ({ connections, boots }) => {
    const refused = new Map<number, number>();
    return connections.flatMap((connection) => {
      const { at, token, connack } = connection;
      if (token === undefined) return [];
      const before = refused.get(token);
      const died = boots.some(
        (boot) => before !== undefined && boot >= before && boot <= before + FORGETS_WITHIN + BOOT,
      );
      if (before !== undefined && !died) return [{ at, what: `token ${token}, refused before, was used again` }];
      if (isRefused(connection)) refused.set(token, connack!.at);
      return [];
    });
  },
};

/** What the chip takes to start, and a power cut. */
const BOOT = 4_000;

const isRefused = ({ token, connack }: Connection) =>
  token !== undefined && connack !== undefined && REFUSED.has(connack.returnCode);

/** The day from which on this firmware believes a time. */
const BUILT_MS = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

export const TIME_BELIEVED: Verdict = {
  name: "time-believed",
  promise: "No time before the day on which the firmware was built is believed.",
  // Such a time is told early in a run alone, by a network whose time is behind.
  seen: ({ trial }) =>
    trial.faults.filter(
      ({ fault, at, value }) => fault === "clock-wrong" && DEFAULT_START_MS + at + Number(value) * HOUR < BUILT_MS,
    ).length,
  check: ({ log }) =>
    linesOf(log, "clock").flatMap(({ at, fields: { wallMs } }) =>
      wallMs >= BUILT_MS ? [] : [{ at, what: `the clock was set to ${new Date(wallMs).toISOString()}` }],
    ),
};

export const WATCHDOG_FED: Verdict = {
  name: "watchdog-fed",
  promise: "The watchdog is fed by each acknowledgement of a record, and by nothing else.",
  seen: ({ feeds }) => feeds.length,
  check: ({ feeds, proofs, log, boots }) => {
    const proven = new Set(proofs);
    const fed = new Set(feeds);
    const phases = linesOf(log, "phase");
    const stopped = (at: number) => phases.findLast((line) => line.at <= at)?.fields.phase === "stopped";
    // The engine may end between the two.
    const died = (at: number) => boots.some((boot) => boot >= at && boot <= at + BOOT);
    return [
      ...feeds.filter((at) => !proven.has(at)).map((at) => ({ at, what: "fed, and nothing was acknowledged" })),
      ...[...proven]
        .filter((at) => !fed.has(at) && !stopped(at) && !died(at))
        .map((at) => ({ at, what: "not fed, and a record was acknowledged" })),
    ];
  },
};

/** The share of the keep-alive after which a PINGREQ is due, and what a line that is slow to take it adds, in milliseconds. */
const PING_AFTER = 0.9;
const SLACK = 3 * SECOND;

export const KEEP_ALIVE: Verdict = {
  name: "keep-alive",
  promise: "A connection is never silent for longer than its keep-alive: a PINGREQ goes out, or it is given up.",
  seen: ({ connections }) => connections.reduce((sum, { pings }) => sum + pings, 0),
  check: ({ connections }) =>
    connections.flatMap(({ silence, keepAliveS }) => {
      const most = keepAliveS * SECOND * PING_AFTER + TIMEOUTS.pingresp + SLACK;
      return silence.ms <= most || keepAliveS === 0
        ? []
        : [{ at: silence.until, what: `nothing went out for ${(silence.ms / SECOND).toFixed(0)} s` }];
    }),
};

export const SILENT_BROKER_LEFT: Verdict = {
  name: "silent-broker-left",
  promise: `A broker that does not answer a PINGREQ is left after ${TIMEOUTS.pingresp / SECOND} s.`,
  seen: (evidence) => waits(evidence).filter(({ ms }) => ms >= TIMEOUTS.pingresp - SLACK).length,
  check: (evidence) =>
    waits(evidence).flatMap(({ at, ms }) =>
      ms <= TIMEOUTS.pingresp + SLACK
        ? []
        : [{ at, what: `PINGREQ was not answered for ${(ms / SECOND).toFixed(0)} s` }],
    ),
};

/** PINGREQs that were not answered, and how long the connection went on behind each. */
function waits({ connections, boots, trial }: Evidence): { at: number; ms: number }[] {
  return connections.flatMap(({ pingAt, endedAt }) => {
    if (pingAt === undefined) return [];
    // Where its life ended, it is not known when: the board may have been dark for long.
    if (endedAt === undefined && boots.some((boot) => boot >= pingAt)) return [];
    const end = endedAt ?? trial.hours * 3_600 * SECOND;
    return [{ at: pingAt, ms: end - pingAt }];
  });
}

/** How long a socket may take to be closed, in milliseconds. */
const CLOSES_WITHIN = 30 * SECOND;
/** Seams whose faults may lose the command that closes it, or leave one behind; and for how long: then its id is used again. */
const LOSING: ReadonlySet<Seam> = new Set(["at", "modem", "chip", "flash"]);
const LOST_FOR = 3_600 * SECOND;

export const SOCKETS_CLOSED: Verdict = {
  name: "sockets-closed",
  promise: "Each socket of the modem is closed once its connection has ended.",
  seen: (evidence) => undisturbed(evidence).length,
  check: (evidence) =>
    undisturbed(evidence).flatMap(({ at, socketsBefore, sinceMs }) => {
      // That of the connection before may be about to close.
      const most = sinceMs > CLOSES_WITHIN ? 0 : 1;
      const what = `${socketsBefore} sockets ${(sinceMs / SECOND).toFixed(0)} s after the last connection ended`;
      return socketsBefore <= most ? [] : [{ at, what: `the modem has ${what}` }];
    }),
};

/** Connections that were dialled while nothing could have lost a command to the modem, and how long the one before had ended. */
function undisturbed({ connections, boots, trial }: Evidence): (Connection & { sinceMs: number })[] {
  const losing = trial.faults.filter(({ fault }) => LOSING.has(kindOf(fault).seam));
  const starts = boots.slice(1);
  return connections.flatMap((connection, i) => {
    const { at } = connection;
    const endedAt = connections[i - 1]?.endedAt;
    const hurt =
      losing.some((fault) => fault.at <= at && endOf(fault) >= at - LOST_FOR) ||
      starts.some((boot) => boot <= at && boot >= at - LOST_FOR);
    return endedAt === undefined || hurt ? [] : [{ ...connection, sinceMs: at - endedAt }];
  });
}
