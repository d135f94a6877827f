// Breakages of records: kept, sent, in order, told as they were.

import type { Mutant } from "./mutant.js";
import { DATA_BUDGET, GNSS, OUTBOUND, OUTBOX, POSITION, RECORDER, STATE, STEPS, SYSTEM } from "./sources.js";

export const OF_RECORDS: readonly Mutant[] = [
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
    seed: 7,
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
    seed: 7,
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
    seed: 5,
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
    seed: 33,
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
    seed: 58,
    among: ({ config }) => (config.positionS ?? 0) > 0,
    breaks: {
      [POSITION]: `around(Position, "look", (next, self, link, isWanted) =>
        next({ locate: (search) => link.locate({ ...search, withinMs: 3_600_000 }) }, isWanted));`,
    },
  },
  {
    name: "a look that finds nothing is made again at once",
    noticedBy: "position-bounded",
    seed: 18,
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
    seed: 12,
    breaks: {
      [DATA_BUDGET]: `
        around(DataBudget, "spacing", (next, self, intervalMs) => intervalMs);
        around(DataBudget, "record", (next, self) => (next() === "ok" ? "ok" : "near"));`,
    },
  },
  {
    name: "a restart gives a day's volume anew",
    noticedBy: "budget-kept",
    seed: 5,
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
    seed: 7,
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
];
