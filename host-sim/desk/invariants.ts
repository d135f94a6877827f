// What must hold inside the firmware at every step, looked at as it runs: outbox, MQTT session, AT channel. The checks stand
// around the methods of these classes while somebody watches, so that no image for the chip carries any of them.
//
// What is checked never changes: a breach is told, and the step goes on.

import { Channel } from "../../firmware/modem/at/channel.js";
import { Inbound, RECEIVED_MAX } from "../../firmware/mqtt/inbound.js";
import { IN_FLIGHT } from "../../firmware/mqtt/options.js";
import { Outbound, SENDS_MAX } from "../../firmware/mqtt/outbound.js";
import { PUBACK, PUBCOMP, PUBREC, SUBACK, UNSUBACK } from "../../firmware/mqtt/packets.js";
import { type Flight, SessionState } from "../../firmware/mqtt/state.js";
import { Outbox } from "../../firmware/store/outbox.js";

/** Watches what runs until it is given up. */
export interface InvariantWatch {
  /** Steps that were checked. */
  readonly checks: number;
  release(): void;
}

type Watcher = (what: string) => void;
type Method = (this: object, ...args: unknown[]) => unknown;

const watchers = new Set<Watcher>();
let checks = 0;
let installed = false;

/**
 * Watches every outbox, MQTT session and AT channel in this process.
 * @param broken is told what does not hold, in one line for people
 */
export function watchInvariants(broken: Watcher): InvariantWatch {
  if (!installed) install();
  installed = true;
  watchers.add(broken);
  const before = checks;
  return {
    get checks() {
      return checks - before;
    },
    release: () => {
      watchers.delete(broken);
    },
  };
}

/** Tells whoever watches, unless it holds. */
function holds(what: string, isSo: boolean): void {
  if (isSo) return;
  for (const watcher of [...watchers]) watcher(what);
}

/** Puts a check around a method. @throws Error where there is no such method any more */
function around(Class: { prototype: object; name: string }, name: string, check: (next: Method) => Method): void {
  const table = Class.prototype as Record<string, Method>;
  const method = table[name];
  if (typeof method !== "function") throw new Error(`${Class.name} has no ${name} to check`);
  const checked = check(method);
  table[name] = function (this: object, ...args) {
    if (watchers.size === 0) return method.apply(this, args);
    checks++;
    return checked.apply(this, args);
  };
}

function install(): void {
  installOutbox();
  installSession();
  installChannel();
}

// ------------------------------------------------------------ the outbox

type Counts = Pick<Outbox, "nextSequence" | "size" | "dropped">;

const countsOf = ({ nextSequence, size, dropped }: Counts): Counts => ({ nextSequence, size, dropped });

/** Whatever a step does: what it dropped is counted, and counted once. */
function balanced(name: string, before: Counts, after: Counts, written: number, acknowledged: number): void {
  const { nextSequence, size, dropped } = after;
  const lost = dropped - before.dropped;
  holds(`outbox.${name}: the count of what was dropped fell from ${before.dropped} to ${dropped}`, lost >= 0);
  holds(`outbox.${name}: ${size} records wait`, size >= 0 && size < nextSequence);
  const expected = before.size + written - acknowledged - lost;
  holds(`outbox.${name}: ${size} records wait, it should be ${expected}`, size === expected);
  const number = before.nextSequence + written;
  holds(`outbox.${name}: the next number is ${nextSequence}, it should be ${number}`, nextSequence === number);
}

function installOutbox(): void {
  around(
    Outbox,
    "append",
    (next) =>
      function (...args) {
        const before = countsOf(this as Outbox);
        const sequence = next.apply(this, args);
        holds(
          `outbox.append gave number ${String(sequence)} for ${before.nextSequence}`,
          sequence === before.nextSequence,
        );
        balanced("append", before, this as Outbox, 1, 0);
        return sequence;
      },
  );
  around(
    Outbox,
    "delivered",
    (next) =>
      function (...args) {
        const before = countsOf(this as Outbox);
        const result = next.apply(this, args);
        const { size, dropped } = this as Outbox;
        // One that does not wait any more changes nothing.
        const acknowledged = before.size - size - (dropped - before.dropped);
        holds(`outbox.delivered took ${acknowledged} records`, acknowledged === 0 || acknowledged === 1);
        balanced("delivered", before, this as Outbox, 0, acknowledged);
        return result;
      },
  );
  around(
    Outbox,
    "note",
    (next) =>
      function (...args) {
        const before = countsOf(this as Outbox);
        const isNoted = next.apply(this, args);
        balanced("note", before, this as Outbox, 0, 0);
        const { dropped } = this as Outbox;
        holds(`outbox.note dropped ${dropped - before.dropped} records`, dropped === before.dropped);
        return isNoted;
      },
  );
  around(
    Outbox,
    "next",
    (next) =>
      function (...args) {
        const before = countsOf(this as Outbox);
        const found = next.apply(this, args) as { sequence: number } | undefined;
        const after = Number(args[0]);
        const fits = found === undefined || (found.sequence > after && found.sequence < before.nextSequence);
        holds(`outbox.next(${after}) gave record ${found?.sequence} of ${before.nextSequence - 1}`, fits);
        balanced("next", before, this as Outbox, 0, 0);
        return found;
      },
  );
}

// ------------------------------------------------------------ the MQTT session

const AWAITED: ReadonlySet<number> = new Set([PUBACK, PUBREC, PUBCOMP, SUBACK, UNSUBACK]);
const MOST_ID = 65_535;

function checkState({ flights, received, offered }: SessionState): void {
  let last = 0;
  let messages = 0;
  for (const [id, flight] of flights) {
    holds(`session: packet id ${id}`, Number.isInteger(id) && id >= 1 && id <= MOST_ID);
    checkFlight(id, flight);
    const { sequence, group } = flight;
    if (sequence === 0) continue;
    messages++;
    holds(`session: record ${sequence} is under way behind record ${last}`, sequence > last);
    last = group?.last ?? sequence;
    holds(`session: record ${last} is under way, and ${offered} is the last that was offered`, last <= offered);
    holds(`session: a group of ${group?.count}`, group === undefined || (group.count > 1 && last > sequence));
  }
  holds(`session: ${messages} records are under way`, messages <= IN_FLIGHT);
  holds(`session: ${received.size} messages are not released`, received.size <= RECEIVED_MAX);
}

function checkFlight(id: number, { awaits, sequence, request, tries, sentAt, dup }: Flight): void {
  holds(`session: packet ${id} awaits ${awaits}`, AWAITED.has(awaits));
  holds(`session: packet ${id} is a record and a request, or neither`, sequence > 0 === (request === undefined));
  holds(`session: packet ${id} was sent ${tries} times`, tries >= 0 && tries <= SENDS_MAX);
  holds(`session: packet ${id} was sent, and never tried`, sentAt === undefined || tries > 0);
  holds(`session: packet ${id} was tried, and is not known to have been sent`, tries === 0 || dup);
}

function installSession(): void {
  // Asked for with every piece of bytes that goes out.
  around(
    SessionState,
    "save",
    (next) =>
      function (...args) {
        checkState(this as SessionState);
        return next.apply(this, args);
      },
  );
  around(
    Outbound,
    "begin",
    (next) =>
      function (...args) {
        const { sequence, qos } = args[0] as { sequence: number; qos: number };
        holds(`outbound: record ${sequence} of QoS ${qos} is begun`, sequence > 0 && (qos === 1 || qos === 2));
        return next.apply(this, args);
      },
  );
  installInbound();
}

/** How far the message has come that a session receives. */
interface Coming {
  id: number;
  length: number;
  end: number;
}
type Part = { offset: number; payload: Uint8Array; length: number; qos: number; id: number };

function installInbound(): void {
  const coming = new WeakMap<object, Coming>();
  around(
    Inbound,
    "publish",
    (next) =>
      function (...args) {
        const { offset, payload, length, qos, id } = args[0] as Part;
        const end = offset + payload.length;
        holds(`inbound: a part from ${offset} of ${length}`, offset >= 0 && end <= length);
        holds(`inbound: QoS ${qos} under packet id ${id}`, (qos === 0) === (id === 0));
        const before = coming.get(this);
        const follows = before?.id === id && before.length === length && before.end === offset;
        holds(`inbound: a part from ${offset} behind one to ${before?.end}`, offset === 0 || follows);
        coming.set(this, { id, length, end });
        return next.apply(this, args);
      },
  );
  around(
    Inbound,
    "answer",
    (next) =>
      function (...args) {
        const [type, id] = args as [number, number];
        const { id: whose, end, length } = coming.get(this) ?? { id: 0, end: 0, length: 0 };
        const isWhole = type === PUBCOMP || (whose === id && end === length);
        holds(`inbound: packet ${id} is answered at ${end} of ${length}`, isWhole);
        return next.apply(this, args);
      },
  );
}

// ------------------------------------------------------------ the AT channel

interface Line {
  /** The command that waits for its answer. */
  text: string;
  /** What goes behind the prompt has gone. */
  isDataGone: boolean;
}

function installChannel(): void {
  const lines = new WeakMap<object, Line>();
  around(
    Channel,
    "send",
    (next) =>
      function (...args) {
        const { command } = args[0] as { command: { text: string } };
        const before = lines.get(this);
        holds(`AT: ${command.text} is sent while ${before?.text} waits for its answer`, before === undefined);
        lines.set(this, { text: command.text, isDataGone: false });
        return next.apply(this, args);
      },
  );
  around(
    Channel,
    "sendData",
    (next) =>
      function (...args) {
        const line = lines.get(this);
        holds(`AT: data behind the prompt of ${line?.text}`, line?.isDataGone === false);
        if (line) line.isDataGone = true;
        return next.apply(this, args);
      },
  );
  around(
    Channel,
    "finish",
    (next) =>
      function (...args) {
        // Its answer may lead to the next command at once.
        lines.delete(this);
        return next.apply(this, args);
      },
  );
}
