// Breakages of the firmware: what a storm must notice, and by which of its verdicts. mutating.ts says how they are made.

import type { Setup } from "../../../host-sim/storm/setup.js";
import type { Breakages } from "./mutating.js";

export interface Mutant {
  /** What is broken. */
  name: string;
  /** The verdict that must notice it, whatever others do. */
  noticedBy: string;
  /** Virtual hours that it takes to see it; left out: as many as all others run. */
  hours?: number;
  /** The seed to begin with, one that is known to show it, where the first ones do not: it is looked for from there on. */
  seed?: number;
  /** Whether a device meets what is broken: the seeds that it goes through are those; left out: see `meets`. */
  among?: (setup: Setup) => boolean;
  breaks: Breakages;
}

/** What the devices are that a mutant goes through, where it says nothing: those in whose runs its verdict has a say. */
export function meets({ noticedBy, among }: Mutant, setup: Setup): boolean {
  if (among !== undefined) return among(setup);
  if (noticedBy.startsWith("update-")) return setup.updates !== undefined;
  return !noticedBy.startsWith("app-") || setup.app !== "none";
}

const AGENT = "firmware/device/agent.ts";
const BOOT_RECORD = "firmware/device/boot-record.ts";
const CHANNEL = "firmware/modem/at/channel.ts";
const CLIMB = "firmware/device/climb.ts";
const CLOUD_CONNECTION = "firmware/device/cloud-connection.ts";
const CONFIGURATOR = "firmware/device/configurator.ts";
const CONNECT = "firmware/cloud/connect.ts";
const DATA_BUDGET = "firmware/device/data-budget.ts";
const DEVICE = "firmware/device/device.ts";
const FALLBACK = "firmware/cloud/fallback-uplink.ts";
const GNSS = "firmware/modem/sim7080/commands/gnss.ts";
const HTTP = "firmware/http/client.ts";
const LADDER = "firmware/device/ladder.ts";
const LIMITS = "firmware/cloud/limits.ts";
const MEMORY = "firmware/device/memory.ts";
const NEWS = "firmware/device/news.ts";
const MQTT_UPLINK = "firmware/cloud/mqtt-uplink.ts";
const COMMANDS = "firmware/device/commands.ts";
const OWN_APP = "firmware/device/own-app.ts";
const OUTBOUND = "firmware/mqtt/outbound.ts";
const OUTBOX = "firmware/store/outbox.ts";
const POSITION = "firmware/device/position.ts";
const PROFILE = "firmware/cloud/1nce-aws/profile.ts";
const RECORDER = "firmware/device/recorder.ts";
const RENEWAL = "firmware/cloud/renewal.ts";
const RESTARTS = "firmware/device/restarts.ts";
const RESTS = "firmware/device/rests.ts";
const RETRY_AFTER = "firmware/http/retry-after.ts";
const RING_LOG = "firmware/store/ring-log.ts";
const RUNNER = "firmware/device/runner.ts";
const SESSION = "firmware/mqtt/session.ts";
const EXCHANGES = "firmware/modem/sim7080/socket-exchanges.ts";
const SIM = "firmware/modem/sim7080/sim.ts";
const STATE = "firmware/mqtt/state.ts";
const STEPS = "firmware/device/steps.ts";
const SYSTEM = "firmware/device/system.ts";
const TIME = "firmware/modem/sim7080/time.ts";
const TOPICS = "firmware/cloud/topics.ts";
const UPDATES = "firmware/device/updates.ts";
const UPDATE_IMAGE = "firmware/update/image-making.ts";
const UPDATE_INTAKE = "firmware/update/intake.ts";
const UPDATE_MEMORY = "firmware/update/memory.ts";
const UPDATE_RULES = "firmware/update/rules.ts";
const UPDATE_RUNNER = "firmware/update/runner.ts";
const UPDATE_TRIAL = "firmware/update/trial-runner.ts";
const UPDATE_WINDOW = "firmware/update/window.ts";

/** It gathers records, and is to be woken by news that come to each device by themselves. */
const gathersNews: Mutant["among"] = ({ config, deepSleep, app }) =>
  (config.power === "psm" || config.power === "off") &&
  (config.recordsPerWake ?? 1) > 1 &&
  !deepSleep &&
  (config.sendAtOnceWhen?.startsWith("uptime") === true ||
    (app === "storm" && config.sendAtOnceWhen?.startsWith("temperature") === true));

export const MUTANTS: readonly Mutant[] = [
  // ------------------------------------------------------------ records
  {
    name: "a record is taken for safe before it is in flash",
    noticedBy: "nothing-lost",
    breaks: {
      [OUTBOX]: `
        const putNow = Outbox.prototype.put;
        around(Outbox, "put", (next, self, kind, ...rest) => {
          if (kind === RECORD) (self.late ??= []).push([kind, ...rest]);
          else next(kind, ...rest);
        });
        around(Outbox, "append", (next, self, ...record) => {
          for (const entry of (self.late ?? []).splice(0)) putNow.apply(self, entry);
          return next(...record);
        });`,
    },
  },
  {
    name: "a record leaves the outbox when it is sent, not when it is acknowledged",
    noticedBy: "nothing-lost",
    breaks: {
      [OUTBOUND]: `around(Outbound, "transmit", (next, self, id, flight, now) => {
        const sent = next(id, flight, now);
        if (flight.tries > 0 && flight.sequence > 0) self._parts.journal.delivered(flight.sequence);
        return sent;
      });`,
    },
  },
  {
    name: "what a full outbox drops is not counted",
    noticedBy: "invariants",
    breaks: {
      [OUTBOX]: `around(Outbox, "drop", (next, self, from, to) => {
        const { dropped } = self._at;
        next(from, to);
        self._at.dropped = dropped;
      });`,
    },
  },
  {
    name: "the count of what was dropped does not outlive a restart",
    noticedBy: "drops-counted",
    breaks: {
      [OUTBOX]: `around(Outbox, "open", (next, self) => {
        next();
        self._at.dropped = 0;
      });`,
    },
  },
  {
    name: "a backlog goes out one record a minute",
    noticedBy: "drained",
    breaks: {
      [OUTBOUND]: `
        let last = 0;
        around(Outbound, "offer", (next, self, now, records) => {
          const due = now < last || now - last >= 60_000;
          if (records && due && self._parts.journal.next(self._parts.state.offered)) last = now;
          const { inFlight } = self._parts;
          self._parts.inFlight = self._parts.state.messages + 1;
          next(now, records && due);
          self._parts.inFlight = inFlight;
        });`,
    },
  },
  {
    name: "the newest record is sent first",
    noticedBy: "in-order",
    breaks: {
      [OUTBOUND]: `around(Outbound, "offer", (next, self, now, records) => {
        const parts = self._parts;
        let given = 0;
        const hasty = (after) => {
          let record = parts.journal.next(after);
          if (record === undefined || record.sequence === given) return record;
          if ([...parts.state.flights.values()].some(({ sequence }) => sequence === record.sequence)) return record;
          for (let i = 0; i < 3; i++) record = parts.journal.next(record.sequence) ?? record;
          given = record.sequence;
          return record;
        };
        const journal = { next: hasty, delivered: (sequence) => parts.journal.delivered(sequence) };
        self._parts = { ...parts, journal };
        try {
          next(now, records);
        } finally {
          self._parts = parts;
        }
      });`,
    },
  },
  {
    name: "a byte of a record is another one",
    noticedBy: "no-strays",
    breaks: {
      [OUTBOUND]: `around(Outbound, "packet", (next, self, id, flight) => {
        const packet = next(id, flight);
        if (packet?.type !== PUBLISH || flight.sequence % 50 !== 0) return packet;
        const payload = packet.payload.slice();
        payload[payload.length >> 1] ^= 1;
        return { ...packet, payload };
      });`,
    },
  },
  {
    name: "DUP is set on records of a session that is over",
    noticedBy: "dup-in-session",
    breaks: {
      [STATE]: `around(SessionState, "reset", (next, self) => {
        self.over = true;
        next();
      });`,
      [OUTBOUND]: `around(Outbound, "packet", (next, self, id, flight) => {
        const packet = next(id, flight);
        return packet?.type === PUBLISH && self._parts.state.over ? { ...packet, dup: true } : packet;
      });`,
    },
  },
  {
    name: "DUP is not set where a record is sent again",
    noticedBy: "dup-in-session",
    breaks: {
      [OUTBOUND]: `around(Outbound, "packet", (next, self, id, flight) => {
        const packet = next(id, flight);
        return packet?.type === PUBLISH ? { ...packet, dup: false } : packet;
      });`,
    },
  },
  {
    name: "an acknowledgement is not kept in flash",
    noticedBy: "no-needless-repeat",
    breaks: { [OUTBOX]: `around(Outbox, "put", (next, self, kind, ...rest) => kind === ACK || next(kind, ...rest));` },
  },
  {
    name: "a packet id is used again while it waits",
    noticedBy: "packet-ids",
    breaks: {
      [STATE]: `around(SessionState, "nextId", (next, self) => {
        self._lastId = (self._lastId % 3) + 1;
        return self._lastId;
      });`,
    },
  },
  {
    name: "what waits gets new packet ids in a session that goes on",
    noticedBy: "one-packet-id",
    breaks: {
      [STATE]: `around(SessionState, "resume", (next, self) => {
        next();
        const flights = [...self.flights.values()];
        self.flights.clear();
        for (const flight of flights) self.flights.set(self.nextId(), flight);
      });`,
    },
  },
  {
    name: "a record bears a number that is counted from each start on",
    noticedBy: "numbered",
    breaks: {
      [RECORDER]: `around(Recorder, "publish", (next, self, topic, make) => {
        self.count = (self.count ?? 0) + 1;
        return next(topic, () => make(self.count));
      });`,
    },
  },
  {
    name: "uptime counts from the first connection",
    noticedBy: "sane-fields",
    breaks: {
      [SYSTEM]: `reading(System, "uptimeS", (next, self) => next() - (self.began ??= next()));`,
    },
  },
  {
    name: "what is counted begins anew with each connection",
    noticedBy: "sane-fields",
    breaks: {
      [STEPS]: `within(STEPS, "connect", (next) => (device) => {
        device.counters.acked = 0;
        next(device);
      });`,
    },
  },
  {
    name: "a place is told as if it had been found just now",
    noticedBy: "position-told",
    breaks: {
      [POSITION]: `around(Position, "last", (next) => {
        const last = next();
        return last && { ...last, ageS: 0 };
      });`,
    },
  },
  {
    name: "a look that finds nothing forgets the last place",
    noticedBy: "position-told",
    breaks: {
      [POSITION]: `around(Position, "look", async (next, self, link, isWanted) => {
        self._fix = undefined;
        await next(link, isWanted);
      });`,
    },
  },
  {
    name: "whatever a garbled line says is a place",
    noticedBy: "position-told",
    breaks: {
      [GNSS]: `within(readFix, "parse", () => ({ lines }) => {
        const [, fixed, , lat, lon] = lines[0].slice(10).split(",");
        const [latitude = 0, longitude = 0] = [lat, lon].map((text) => Number.parseFloat(text) || 0);
        return { fix: fixed ? { latitude, longitude, wallMs: 4e12 } : undefined };
      });`,
    },
  },
  {
    name: "a fix is looked for until there is one, or for an hour",
    noticedBy: "position-bounded",
    among: ({ config }) => (config.positionS ?? 0) > 0,
    breaks: {
      [POSITION]: `around(Position, "look", (next, self, link, isWanted) =>
        next({ locate: (search) => link.locate({ ...search, withinMs: 3_600_000 }) }, isWanted));`,
    },
  },
  {
    name: "a look that finds nothing is made again at once",
    noticedBy: "position-bounded",
    breaks: {
      [POSITION]: `around(Position, "look", async (next, self, link, isWanted) => {
        await next(link, isWanted);
        if (self._fixedAt !== self._lookedAt) self._lookedAt = Number.NEGATIVE_INFINITY;
      });`,
    },
  },
  {
    name: "a record tells the time of the one before",
    noticedBy: "sane-fields",
    breaks: {
      [SYSTEM]: `around(System, "fields", (next, self) => {
        const fields = next();
        const time = self.time ?? fields.time;
        self.time = fields.time;
        return { ...fields, time };
      });`,
    },
  },

  {
    name: "a day's volume that is spent is not heeded",
    noticedBy: "budget-kept",
    breaks: {
      [DATA_BUDGET]: `
        around(DataBudget, "spacing", (next, self, intervalMs) => intervalMs);
        around(DataBudget, "record", (next, self) => (next() === "ok" ? "ok" : "near"));`,
    },
  },
  {
    name: "a restart gives a day's volume anew",
    noticedBy: "budget-kept",
    breaks: { [DATA_BUDGET]: `around(DataBudget, "write", () => {});` },
  },
  {
    name: "what went over the air is told as the first record had it",
    noticedBy: "true-fields",
    breaks: {
      [SYSTEM]: `around(System, "fields", (next, self) => {
        const fields = next();
        self.sent ??= fields.airTx;
        return { ...fields, airTx: self.sent };
      });`,
    },
  },
  {
    name: "the first acknowledgement is counted, and no other",
    noticedBy: "true-fields",
    breaks: {
      [RECORDER]: `around(Recorder, "delivered", (next, self, sequence) => {
        next(sequence);
        self._parts.counters.acked = 1;
      });`,
    },
  },
  {
    name: "what is lost is never told",
    noticedBy: "true-fields",
    breaks: { [RECORDER]: `around(Recorder, "countLost", () => {});` },
  },
  {
    name: "the time is left out of records",
    noticedBy: "true-fields",
    breaks: {
      [SYSTEM]: `around(System, "fields", (next) => {
        const { time, ...fields } = next();
        return fields;
      });`,
    },
  },
  {
    name: "why it has started is not told",
    noticedBy: "true-fields",
    breaks: {
      [SYSTEM]: `around(System, "fields", (next) => {
        const { reset, ...fields } = next();
        return fields;
      });`,
    },
  },

  // ------------------------------------------------------------ what comes down
  {
    name: "now and then a command is dropped, and not counted",
    noticedBy: "commands-answered",
    breaks: {
      [RECORDER]: `
        let count = 0;
        around(Recorder, "command", (next, self, topic, payload) => (++count % 5 === 0 ? undefined : next(topic, payload)));`,
    },
  },
  {
    name: "a command is answered twice",
    noticedBy: "answered-once",
    breaks: {
      [RECORDER]: `around(Recorder, "tell", (next, self, answer) => {
        next(answer);
        return next(answer);
      });`,
    },
  },
  {
    name: "an answer bears the id of the command before",
    noticedBy: "answered-once",
    breaks: {
      [RECORDER]: `around(Recorder, "tell", (next, self, answer) => {
        const id = self.id ?? answer.id;
        self.id = answer.id;
        return next({ ...answer, id });
      });`,
    },
  },
  {
    name: "a command that is wrong is said to be done",
    noticedBy: "answered-once",
    breaks: {
      [RECORDER]: `around(Recorder, "tell", (next, self, answer) =>
        next(answer.error === "bad-argument" ? { id: answer.id, ok: true, seconds: 1 } : answer));`,
    },
  },
  {
    name: "a command that the broker kept is obeyed",
    noticedBy: "retained-ignored",
    breaks: { [DEVICE]: `around(Device, "onMessage", (next, self, topic, payload) => next(topic, payload, false));` },
  },
  {
    name: "an interval is answered and not set",
    noticedBy: "interval-kept",
    breaks: { [RECORDER]: `around(Recorder, "setInterval", () => {});` },
  },
  {
    name: "a new interval begins with the record after the next",
    noticedBy: "interval-kept",
    breaks: {
      [RECORDER]: `around(Recorder, "setInterval", (next, self, seconds) => {
        self._intervalMs = seconds * 1_000;
      });`,
    },
  },
  {
    name: "a configuration is reported and not put into effect",
    noticedBy: "interval-kept",
    breaks: {
      [CONFIGURATOR]: `around(Configurator, "apply", (next, self, settings) => {
        self._settings = settings;
      });`,
    },
  },
  {
    name: "a restart does not wait for its answer",
    noticedBy: "restart-answered",
    breaks: { [RESTARTS]: `around(Restarts, "after", (next, self) => self._device.restart("command"));` },
  },
  {
    name: "a restart is answered and does not come",
    noticedBy: "restart-answered",
    breaks: { [RESTARTS]: `around(Restarts, "after", () => {});` },
  },
  {
    name: "subscriptions are taken to outlive their session",
    noticedBy: "subscription-stands",
    breaks: {
      [STATE]: `around(SessionState, "reset", (next, self) => {
        const granted = [...self.granted];
        next();
        for (const [filter, qos] of granted) self.granted.set(filter, qos);
      });`,
    },
  },
  {
    name: "a refused subscription is taken for granted",
    noticedBy: "refusal-heeded",
    breaks: { [MQTT_UPLINK]: `around(MqttUplink, "subscribed", (next) => next(true));` },
  },
  {
    name: "a restart that the broker kept is obeyed without an answer",
    noticedBy: "retained-ignored",
    breaks: {
      [DEVICE]: `around(Device, "onMessage", (next, self, topic, payload, retained) => {
        if (retained && String.fromCharCode(...payload).includes('"restart"')) self.restarts.after(-1);
        else next(topic, payload, retained);
      });`,
    },
  },
  {
    name: "every command is too many",
    noticedBy: "answered-once",
    breaks: {
      [RECORDER]: `around(Recorder, "admit", (next, self, now) => (self.tellRefusal(now) ? "at most 0" : undefined));`,
    },
  },
  {
    name: "now and then a command is refused without need, and counted",
    noticedBy: "commands-answered",
    breaks: {
      [RECORDER]: `
        let count = 0;
        around(Recorder, "admit", (next, self, now) => (++count % 5 === 0 ? undefined : next(now)));`,
    },
  },
  {
    name: "no command is too many",
    noticedBy: "commands-bounded",
    breaks: {
      [RECORDER]: `around(Recorder, "admit", (next, self, now) => {
        self._commandsFull = 0;
        return next(now);
      });`,
    },
  },
  {
    name: "no restart is too soon",
    noticedBy: "restarts-rare",
    breaks: { [SYSTEM]: `around(System, "mayRestart", () => true);` },
  },

  // ------------------------------------------------------------ the way to the cloud
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
    breaks: {
      [SESSION]: `around(Session, "pingDue", (next, self) => (self._pingAt === undefined ? next() : Infinity));`,
    },
  },
  {
    name: "two CONNECTs may be less than a second apart",
    noticedBy: "connect-rate",
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

  // ------------------------------------------------------------ failure and recovery
  {
    name: "a CONNACK resets the back-off",
    noticedBy: "ladder-holds",
    breaks: {
      [AGENT]: `within(TABLE.connecting, "done", (next) => (state, event, context) => {
        const [after, actions] = next(state, event, context);
        return [{ ...after, ...NONE }, [...actions, FORGOTTEN]];
      });`,
    },
  },
  {
    name: "the back-off falls with each PUBACK",
    noticedBy: "no-fighting",
    breaks: {
      [AGENT]: `for (const row of Object.values(TABLE)) if (row.proof) within(row, "proof", eager);
        function eager(next) { return (state, event, context) => next(state, { ...event, whole: true }, context); }`,
    },
  },
  {
    name: "the count of failures does not outlive a restart",
    noticedBy: "ladder-holds",
    breaks: { [MEMORY]: `writeFailures = (memory) => keep(memory, KEY, Uint8Array.of(0));` },
  },
  {
    name: "the radio is never switched off and on",
    noticedBy: "rungs-in-order",
    breaks: { [LADDER]: `within(TRIES, "radio-cycle", () => 0);` },
  },
  {
    name: "a rung is told and not carried out",
    noticedBy: "rungs-in-order",
    breaks: {
      [CLIMB]: `
        const taken = climb;
        climb = (rung, link, restart) => (rung === "chip-restart" ? taken(rung, link, restart) : undefined);`,
    },
  },
  {
    name: "a failure counts twice",
    noticedBy: "rungs-in-order",
    breaks: {
      [AGENT]: `
        const once = step;
        step = (state, event, context) => {
          const before = event.type === "failed" ? { ...state, failures: state.failures + 1 } : state;
          return TABLE[state.phase][event.type] === fail ? once(before, event, context) : once(state, event, context);
        };`,
    },
  },
  {
    name: "failures are not forgotten",
    noticedBy: "rungs-in-order",
    breaks: {
      [AGENT]: `
        const goOn = step;
        step = (state, event, context) => {
          const [after, actions] = goOn(state, event, context);
          if (after.failures >= state.failures) return [after, actions];
          return [{ ...after, failures: state.failures, provenAt: undefined }, actions.filter((action) => action !== FORGOTTEN)];
        };`,
    },
  },
  {
    name: "what a server asks for is not heeded",
    noticedBy: "asked-wait-kept",
    breaks: { [RETRY_AFTER]: `retryAfterMs = () => undefined;` },
  },
  {
    name: "a server that asks to be left alone is tried by the second way",
    noticedBy: "asked-wait-kept",
    among: ({ config }) => config.transport === "ws" && config.fallback === "https",
    breaks: {
      [FALLBACK]: `around(FallbackUplink, "open", (next, self) =>
        next().catch((error) => {
          if (error.retryAfterMs === undefined) throw error;
          return self.openSecond(error);
        }));`,
    },
  },
  {
    name: "starts that lead to nothing are not counted",
    noticedBy: "no-restart-loop",
    breaks: { [BOOT_RECORD]: `counted = () => 1;` },
  },
  {
    name: "the back-off has no jitter",
    noticedBy: "back-off-spreads",
    breaks: {
      [LADDER]: `
        const wait = backoffMs;
        backoffMs = (failures) => wait(failures, 0.999);`,
    },
  },
  {
    name: "from the fourth failure on, a device waits for an hour",
    noticedBy: "recovers",
    breaks: {
      [LADDER]: `
        const wait = backoffMs;
        backoffMs = (failures, random) => (failures < 4 ? wait(failures, random) : 3_600_000);`,
    },
  },
  {
    name: "behind its thirteenth failure a device waits for twenty minutes",
    noticedBy: "recovers",
    breaks: {
      [LADDER]: `
        const wait = backoffMs;
        backoffMs = (failures, random) => (failures === 13 ? 1_200_000 : wait(failures, random));`,
    },
  },
  {
    name: "a device that only a person can help does not try again",
    noticedBy: "no-standstill",
    breaks: { [AGENT]: `within(TABLE, "halted", () => ({}));` },
  },
  {
    name: "an HTTP request waits for days",
    noticedBy: "no-standstill",
    breaks: {
      [HTTP]: `for (const name of ["connectMs", "idleMs", "totalMs"]) within(HTTP_DEADLINES, name, () => 9e8);`,
    },
  },
  {
    name: "one record in five hundred is an error that nobody catches",
    noticedBy: "no-crash",
    breaks: {
      [RECORDER]: `
        let count = 0;
        around(Recorder, "record", (next) => {
          if (++count % 500 === 0) throw new TypeError("made on purpose");
          next();
        });`,
    },
  },
  {
    name: "the watchdog is fed by a mere connection",
    noticedBy: "watchdog-fed",
    breaks: {
      [AGENT]: `within(TABLE.connecting, "done", (next) => (state, event, context) => {
        const [after, actions] = next(state, event, context);
        return [after, [...actions, FEED]];
      });`,
    },
  },
  {
    name: "the watchdog is not fed",
    noticedBy: "watchdog-fed",
    breaks: { [STEPS]: `within(STEPS, "feed-watchdog", () => () => {});` },
  },
  {
    name: "a device with power psm does not rest",
    noticedBy: "rests",
    breaks: { [RESTS]: `around(Rests, "plan", () => {});` },
  },
  {
    name: "a device with power psm sleeps too long",
    noticedBy: "rests",
    breaks: {
      [RUNNER]: `around(Runner, "waitFor", (next, self, ms) => next(self.phase === "asleep" ? ms * 1.2 : ms));`,
    },
  },
  {
    name: "a deep sleep lasts twice as long as it is due",
    noticedBy: "rests",
    among: ({ deepSleep }) => deepSleep,
    breaks: {
      [RESTS]: `around(Rests, "sleepDeeply", (next, self, sleep, ms) => next((due) => sleep(2 * due), ms));`,
    },
  },

  // ------------------------------------------------------------ inside
  {
    name: "a command is sent while another one waits for its answer",
    noticedBy: "invariants",
    breaks: {
      [CHANNEL]: `around(Channel, "ask", (next, self, command, asker) => {
        next(command, asker);
        if (self._inFlight && self._queue.length > 0) self.send(self._queue.shift());
      });`,
    },
  },
  {
    name: "a record that is under way is begun once more",
    noticedBy: "invariants",
    breaks: {
      [OUTBOUND]: `around(Outbound, "poll", (next, self, now) => {
        const { state } = self._parts;
        if (state.messages > 0) state.offered = Math.max(0, state.offered - 1);
        return next(now);
      });`,
    },
  },
  {
    name: "the outbox opens behind the last record that it has dropped, and counts it no more",
    noticedBy: "invariants",
    breaks: {
      [OUTBOX]: `around(Outbox, "giveUp", (next, self, number) => {
        const { cursor } = self._at;
        next(number);
        if (self._at.cursor > cursor) self._at.dropped -= 1;
      });`,
    },
  },

  // ------------------------------------------------------------ memory, flash, secrets
  {
    name: "who waited for an unsolicited line is never forgotten",
    noticedBy: "bounded",
    breaks: {
      [CHANNEL]: `around(Channel, "waitFor", (next, self, ...asked) => {
        (self.asked ??= []).push(asked);
        return next(...asked);
      });`,
    },
  },
  {
    name: "something small is kept for each day that the device runs",
    noticedBy: "flat",
    // What grows from day to day is judged from the third day on.
    hours: 96,
    breaks: {
      [RECORDER]: `around(Recorder, "record", (next, self) => {
        (self.days ??= new Set()).add(Math.floor(self.system.uptimeS / 86_400));
        next();
      });`,
    },
  },
  {
    name: "the outbox writes on after a torn record without looking",
    noticedBy: "flash-clean",
    breaks: {
      [RING_LOG]: `around(RingLog, "resume", (next, self, end) => {
        self._offset = end;
      });`,
    },
  },
  {
    name: "the token is in the log",
    noticedBy: "secrets-kept",
    breaks: {
      [PROFILE]: `around(OneNceProfile, "use", (next, self, token) => {
        self.log?.("info", "onboarded", { username: token.username });
        return next(token);
      });
      around(OneNceProfile, "plan", (next, self, means) => {
        self.log = means.log;
        return next(means);
      });`,
    },
  },
  {
    name: "the PIN is in the log",
    noticedBy: "secrets-kept",
    among: ({ config }) => config.pin !== undefined,
    breaks: {
      [SIM]: `
        const unlock = unlockSim;
        unlockSim = (session) => {
          session.log("info", "modem-setting", { setting: 'AT+CPIN="' + session.config.pin + '"' });
          return unlock(session);
        };`,
    },
  },
  {
    name: "the place is in the log",
    noticedBy: "secrets-kept",
    among: ({ config }) => (config.positionS ?? 0) > 0,
    breaks: {
      [POSITION]: `around(Position, "look", async (next, self, link, isWanted) => {
        await next(link, isWanted);
        self._parts.platform.log("info", "located", { place: self.last()?.latitude + "," + self.last()?.longitude });
      });`,
    },
  },

  // ------------------------------------------------------------ an app of the device's own
  {
    name: "a record tells the app's sample before",
    noticedBy: "app-told",
    breaks: {
      [OWN_APP]: `around(OwnApp, "sample", (next, self, done) =>
        next((text) => {
          const before = self.before;
          self.before = text;
          done(before ?? text);
        }));`,
    },
  },
  {
    name: "what an app throws is not told in its record",
    noticedBy: "app-told",
    breaks: {
      [OWN_APP]: `around(OwnApp, "sample", (next, self, done) =>
        next((text) => done(text?.startsWith('{"error":') ? undefined : text)));`,
    },
  },
  {
    name: "a record waits on when its sample has come",
    noticedBy: "app-told",
    breaks: {
      [OWN_APP]: `around(OwnApp, "wait", (next, self, work, ms, ...rest) => {
        const { timer } = self._parts.platform;
        const later = (value) => new Promise((resolve) => timer.set(() => resolve(value), 4_000));
        next(ms === APP_SAMPLE_MS ? work.then(later) : work, ms, ...rest);
      });`,
    },
  },
  {
    name: "a command of the app's is carried out twice",
    noticedBy: "app-answered",
    breaks: {
      [OWN_APP]: `around(OwnApp, "run", (next, self, asked, done) => {
        next(asked, () => {});
        next(asked, done);
      });`,
    },
  },
  {
    name: "an argument of the app's commands is not checked",
    noticedBy: "app-answered",
    breaks: { [COMMANDS]: "isArg = () => true;" },
  },
  {
    name: "what the app's command came to is not in its answer",
    noticedBy: "app-answered",
    breaks: { [OWN_APP]: `around(OwnApp, "answerText", (next, self, value) => [""]);` },
  },
  {
    name: "the answer waits on when the app's command is done",
    noticedBy: "app-answered",
    breaks: {
      [OWN_APP]: `around(OwnApp, "wait", (next, self, work, ms, ...rest) => {
        const { timer } = self._parts.platform;
        const later = (value) => new Promise((resolve) => timer.set(() => resolve(value), 8_000));
        next(ms === APP_COMMAND_MS ? work.then(later) : work, ms, ...rest);
      });`,
    },
  },
  {
    name: "records of the app's own come without what it says",
    noticedBy: "app-published",
    breaks: { [RECORDER]: `around(Recorder, "publishOwn", (next, self, suffix) => next(suffix, "{}"));` },
  },
  {
    name: "records of the app's own are said to be kept, and are not",
    noticedBy: "app-published",
    breaks: { [RECORDER]: `around(Recorder, "publishOwn", () => undefined);` },
  },
  {
    name: "the app publishes as much as it likes",
    noticedBy: "app-published",
    breaks: {
      [OWN_APP]: `around(OwnApp, "publish", (next, self, ...record) => {
        self._recordsFull = 0;
        return next(...record);
      });`,
    },
  },
  {
    name: "the app does not see a configuration",
    noticedBy: "app-settings",
    breaks: { [OWN_APP]: `around(OwnApp, "change", () => {});` },
  },
  {
    name: "a new interval takes the app's settings back",
    noticedBy: "app-settings",
    // An interval must be set between a setting of the app's and the next look at it.
    breaks: {
      [CONFIGURATOR]: `around(Configurator, "change", (next, self, some) => {
        self._settings = runtimeSettingsOf(self._parts.own, self._parts.table);
        next(some);
      });`,
    },
  },
  {
    name: "what an app throws ends the device",
    noticedBy: "app-harmless",
    breaks: {
      [OWN_APP]: `around(OwnApp, "ask", (next, self, begin, ms, settled, end) =>
        next(begin, ms, settled, (value, fault) => {
          if (fault?.cause) throw fault.cause;
          end(value, fault);
        }));`,
    },
  },

  // ------------------------------------------------------------ updates
  {
    name: "a manifest is taken whoever has signed it",
    noticedBy: "update-whole",
    among: ({ updates }) => updates?.releases.some(({ wrong }) => wrong === "key") === true,
    breaks: {
      [UPDATE_RUNNER]: `around(UpdateRunner, "begin", (next, self) => {
        const { parts } = self._current;
        self._current.parts = { ...parts, update: { ...parts.update, verify: () => true } };
        return next();
      });`,
    },
  },
  {
    name: "an image is taken whatever its digest is",
    noticedBy: "update-whole",
    among: ({ updates }) =>
      updates?.releases.some(({ fault }) => fault?.fault === "flipped" || fault?.fault === "swapped") === true,
    breaks: {
      [UPDATE_IMAGE]: `around(ImageMaking, "check", async (next, self, ...asked) =>
        (await next(...asked)) === undefined ? undefined : true);`,
    },
  },
  {
    name: "an image for another board is taken",
    noticedBy: "update-whole",
    breaks: { [UPDATE_RULES]: `RULES.splice(0, 1);` },
  },
  {
    name: "an older release is taken for a newer one",
    noticedBy: "update-forward",
    breaks: { [UPDATE_RULES]: `within(RULES.find(({ code }) => code === "update-seq"), "fails", () => () => false);` },
  },
  {
    name: "an image is confirmed as soon as it is connected",
    noticedBy: "update-tried",
    breaks: {
      [UPDATE_TRIAL]: `around(TrialRunner, "act", (next, self, action) =>
        action.do === "report" ? self.confirm() : next(action));`,
    },
  },
  {
    name: "a device sleeps and restarts while its image is on trial",
    noticedBy: "update-stays-up",
    breaks: { [UPDATES]: `reading(Updates, "onTrial", () => false);` },
  },
  {
    name: "what became of a trial is forgotten",
    noticedBy: "update-told",
    breaks: {
      [UPDATE_MEMORY]: `around(UpdateMemory, "end", (next, self, change) => next({ ...change, tell: undefined }));`,
    },
  },
  {
    name: "an update takes what volume it wants",
    noticedBy: "update-budget",
    breaks: {
      [UPDATE_RUNNER]: `around(UpdateRunner, "begin", (next, self) => {
        const { parts } = self._current;
        self._current.parts = { ...parts, config: { ...parts.config, updateBudgetKb: 0 } };
        return next();
      });`,
    },
  },
  {
    name: "an update is not gone on with after a restart",
    noticedBy: "update-ends",
    breaks: { [UPDATE_INTAKE]: `around(Intake, "resume", () => {});` },
  },
  {
    name: "the first window that brings nothing is the last",
    noticedBy: "update-ends",
    breaks: {
      [UPDATE_WINDOW]: `around(DownloadWindow, "stumble", (next, self, ...how) => {
        next(...how);
        self._current.retryAt = Number.POSITIVE_INFINITY;
      });`,
    },
  },
  {
    name: "a gate that was shut stays shut",
    noticedBy: "update-ends",
    among: ({ updates }) => updates?.releases.some(({ later }) => later) === true,
    breaks: {
      [UPDATE_RUNNER]: `around(UpdateRunner, "gate", (next, self, manifest) => (self.shut ??= next(manifest)));`,
    },
  },
  {
    name: "a release for another chip is taken",
    noticedBy: "update-refused",
    among: ({ updates }) => updates?.wrong?.some(({ wrong }) => wrong === "chip") === true,
    breaks: { [UPDATE_RULES]: `within(RULES.find(({ code }) => code === "update-chip"), "fails", () => () => false);` },
  },
  {
    name: "a release that is not for the device is not refused aloud",
    noticedBy: "update-refused",
    breaks: { [UPDATE_INTAKE]: `around(Intake, "refuse", (next, self, error) => error);` },
  },
  {
    name: "a manifest that cannot be read is passed over",
    noticedBy: "update-refused",
    breaks: { [UPDATE_INTAKE]: `around(Intake, "unread", (next, self, error) => error);` },
  },
  {
    name: "a release that the broker keeps is refused with each connection",
    noticedBy: "update-refused",
    breaks: {
      [UPDATE_INTAKE]: `around(Intake, "refuse", (next, self, ...asked) => {
        self._current.memory.change({ heard: 0, tellSeq: 0 });
        return next(...asked);
      });`,
    },
  },
];
