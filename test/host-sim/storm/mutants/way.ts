// Breakages of the way to the cloud: names, tokens, time, keep-alive.

import type { Mutant } from "./mutant.js";
import {
  CLOUD_CONNECTION,
  CONNECT,
  EXCHANGES,
  LADDER,
  LIMITS,
  NEWS,
  PROFILE,
  RENEWAL,
  SESSION,
  TIME,
  TOPICS,
} from "./sources.js";

/** It gathers records, and is to be woken by news that come to each device by themselves. */
const gathersNews: Mutant["among"] = ({ config, deepSleep, app }) =>
  (config.power === "psm" || config.power === "off") &&
  (config.recordsPerWake ?? 1) > 1 &&
  !deepSleep &&
  (config.sendAtOnceWhen?.startsWith("uptime") === true ||
    (app === "storm" && config.sendAtOnceWhen?.startsWith("temperature") === true));

export const OF_WAY: readonly Mutant[] = [
  {
    name: "no protocol is offered by ALPN",
    noticedBy: "named-dials",
    breaks: {
      [CONNECT]: `
        const stack = secured;
        secured = (plan, means) => stack({ ...plan, tls: { ...plan.tls, alpn: undefined } }, means);`,
    },
  },
  {
    name: "a server that selects no protocol is taken",
    noticedBy: "named-dials",
    breaks: {
      [CONNECT]: `
        const stack = secured;
        secured = (plan, means) => stack({ ...plan, tls: { ...plan.tls, requireAlpn: false } }, means);`,
    },
  },
  {
    name: "a connection names another host by SNI",
    noticedBy: "named-dials",
    breaks: {
      [CONNECT]: `
        const stack = secured;
        secured = (plan, means) =>
          stack({ ...plan, tls: { ...plan.tls, serverName: plan.tls.serverName.replace("-ats", "") } }, means);`,
    },
  },
  {
    name: "records go to a topic that the policy forbids",
    noticedBy: "within-policy",
    breaks: {
      [TOPICS]: `
        const below = topicsBelow;
        topicsBelow = (base) => ({ ...below(base), telemetry: "telemetry/" + base });`,
    },
  },
  {
    name: "a token is not renewed before it is over",
    noticedBy: "valid-token",
    breaks: { [CLOUD_CONNECTION]: `around(CloudConnection, "planRenewal", () => {});` },
  },
  {
    name: "a renewal that has failed is not tried again before the token is over",
    noticedBy: "valid-token",
    seed: 10,
    breaks: { [RENEWAL]: `postponed = (now, expiresAt) => expiresAt + 60_000;` },
  },
  {
    name: "a token that was refused is kept",
    noticedBy: "refused-token",
    breaks: { [PROFILE]: `around(OneNceProfile, "forget", () => {});` },
  },
  {
    name: "a token that was refused is forgotten, but for the store",
    noticedBy: "refused-token",
    breaks: {
      [PROFILE]: `around(OneNceProfile, "forget", (next, self) => {
        self._held = undefined;
      });`,
    },
  },
  {
    name: "any time is believed",
    noticedBy: "time-believed",
    seed: 12,
    breaks: {
      [TIME]: `
        const read = readTime;
        readTime = ({ channel, clock, config }) => read({ channel, clock, config: { ...config, floorMs: 0 } });`,
    },
  },
  {
    name: "no PINGREQ is sent",
    noticedBy: "keep-alive",
    breaks: {
      [SESSION]: `around(Session, "pingDue", (next, self) => (self._pingAt === undefined ? Infinity : next()));`,
    },
  },
  {
    name: "a PINGRESP is not waited for",
    noticedBy: "silent-broker-left",
    seed: 17,
    breaks: {
      [SESSION]: `around(Session, "pingDue", (next, self) => (self._pingAt === undefined ? next() : Infinity));`,
    },
  },
  {
    name: "two CONNECTs may be less than a second apart",
    noticedBy: "connect-rate",
    seed: 162,
    // Where modem and network are quick, and the broker is one that has such a limit.
    among: ({ cloud, delayScale, config }) => cloud === "1nce" && delayScale < 1 && config.transport !== "https",
    breaks: {
      [LIMITS]: `within(ONE_NCE_LIMITS, "connectIntervalMs", () => 0);`,
      [LADDER]: `
        const wait = backoffMs;
        backoffMs = (failures, random) => (failures <= 4 ? 0 : wait(failures, random));`,
    },
  },
  {
    name: "the back-off does not grow",
    noticedBy: "no-crowding",
    breaks: {
      [LADDER]: `
        const wait = backoffMs;
        backoffMs = (failures, random) => wait(1, random);`,
    },
  },
  {
    name: "a socket is forgotten and not closed",
    noticedBy: "sockets-closed",
    breaks: { [EXCHANGES]: `closeSocket = (pool, slot) => pool.free(slot);` },
  },

  {
    name: "news waits for the other records",
    noticedBy: "news-wakes",
    among: gathersNews,
    breaks: { [NEWS]: `around(News, "look", (next, self, ...record) => next(...record) && false);` },
  },
  {
    name: "what is so no more is no news",
    noticedBy: "news-wakes",
    among: ({ config, ...setup }) => gathersNews({ config, ...setup }) && config.sendAtOnceWhen !== "uptime>5400",
    breaks: { [NEWS]: `around(News, "look", (next, self, ...record) => next(...record) && self.isSo);` },
  },
];
