// Guided tours: what may happen to a device in the field, step by step, one sentence each. A step does something, and goes on
// until something is heard.

import type { Entry } from "../../desk/entry.js";
import type { Deed } from "./plan.js";

/** One step. */
export interface Step {
  /** What happens and why, in one sentence. */
  say: string;
  deeds?: readonly Deed[];
  /** The step is over with this entry. */
  until: (entry: Entry) => boolean;
  /** What is looked at meanwhile: a lane of the page. */
  lane: "log" | "at" | "mqtt" | "cloud" | "flash";
}

export interface Scenario {
  name: string;
  title: string;
  /** What it shows, in one line. */
  about: string;
  seed: number;
  settings?: Readonly<Record<string, unknown>>;
  /** Its device has slots for updates. */
  updates?: true;
  steps: readonly Step[];
}

const is =
  (name: string, test: (entry: Entry) => boolean = () => true) =>
  (entry: Entry): boolean =>
    entry.lane === "log" && entry.name === name && test(entry);
const acked = is("acked");
const cloudSaw =
  (name: string, test: (entry: Entry) => boolean = () => true) =>
  (entry: Entry) =>
    entry.lane === "cloud" && entry.name === name && test(entry);
const updated = (state: string) => is("update", (e) => e.state === state);
const begins = (fault: string, more: Partial<Extract<Deed, { do: "fault" }>> = {}): Deed => ({
  do: "fault",
  fault,
  ...more,
});
const ends = (fault: string): Deed => ({ do: "end", fault });

/** Each tour begins like this where it is not about that. */
const online: Step = {
  say: "The device starts, finds the network, gets its token and has a first record acknowledged.",
  until: acked,
  lane: "log",
};
const delivered: Step = {
  say: "A record is acknowledged again: nothing was lost.",
  until: acked,
  lane: "mqtt",
};

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "first-start",
    title: "First start",
    about: "From the power key to the first acknowledged record",
    seed: 1,
    steps: [
      {
        say: "The chip starts, and the modem is off: its power key is pressed.",
        until: is("stage", (e) => e.stage === "configure"),
        lane: "at",
      },
      {
        say: "The modem is set up, and asked whether its SIM is ready.",
        until: is("stage", (e) => e.stage === "register"),
        lane: "at",
      },
      { say: "It searches for a cell and asks for an IP address.", until: is("online"), lane: "at" },
      {
        say: "Without the time no certificate can be checked, so the clock is set from the network.",
        until: is("clock"),
        lane: "log",
      },
      {
        say: "1NCE knows the SIM by its address: it answers with a client id, an endpoint and a token.",
        until: is("onboarded"),
        lane: "log",
      },
      {
        say: "TLS is verified, CONNECT is sent with the token, and commands are subscribed to.",
        until: is("connected"),
        lane: "mqtt",
      },
      {
        say: "The first record is written to flash, published, and acknowledged by the broker.",
        until: acked,
        lane: "mqtt",
      },
    ],
  },
  {
    name: "tunnel",
    title: "A tunnel",
    about: "The radio is gone for a while, and records wait",
    seed: 2,
    steps: [
      online,
      {
        say: "The train enters a tunnel: no cell is heard, and records go to the outbox.",
        deeds: [begins("network-no-coverage")],
        until: is("failure"),
        lane: "log",
      },
      {
        say: "The device waits longer before each attempt, so that neither battery nor network suffers.",
        until: is("climbing"),
        lane: "log",
      },
      {
        say: "Light again: the modem finds the network by itself.",
        deeds: [ends("network-no-coverage")],
        until: is("connected"),
        lane: "at",
      },
      { say: "What waited in the flash is sent, the oldest record first.", until: acked, lane: "mqtt" },
    ],
  },
  {
    name: "kicked",
    title: "A kicked session",
    about: "Another client connects under the same client id",
    seed: 3,
    steps: [
      { ...online, until: is("acked", (e) => e.seq === 2) },
      {
        say: "Somebody else connects with the same client id, and the broker ends the older connection.",
        deeds: [begins("broker-kick")],
        until: cloudSaw("close", (e) => e.reason === "DUPLICATE_CLIENTID"),
        lane: "cloud",
      },
      {
        say: "The device takes that for a failure, and waits a random while before it comes back.",
        until: is("backing-off"),
        lane: "log",
      },
      { say: "It connects again, with the token that it has.", until: is("connected"), lane: "mqtt" },
      delivered,
    ],
  },
  {
    name: "token",
    title: "A token's end",
    about: "The token is not taken any more, and a new one is fetched",
    seed: 4,
    steps: [
      online,
      {
        say: "The cloud revokes the token: CONNECT is refused with return code 5.",
        deeds: [begins("broker-token-revoked", { forMs: 60_000 })],
        until: (e) => e.lane === "mqtt" && e.name === "CONNACK" && e.returnCode === 5,
        lane: "mqtt",
      },
      { say: "The device forgets its token and asks who it is once more.", until: is("onboarded"), lane: "log" },
      { say: "With the new token it is let in.", until: is("connected"), lane: "mqtt" },
      delivered,
    ],
  },
  {
    name: "full-outbox",
    title: "A full outbox",
    about: "The broker is away for so long that the flash is full",
    seed: 5,
    settings: { telemetryIntervalS: 1 },
    steps: [
      online,
      {
        say: "The broker's port is closed: a record a second goes to the flash, block after block.",
        deeds: [begins("socket-refused"), begins("broker-hangs-up")],
        until: is("backing-off"),
        lane: "flash",
      },
      {
        say: "The ring is full: the block with the oldest records is erased, and they are counted as lost.",
        until: (e) => e.lane === "flash" && e.name === "erase" && Number(e.t) > 90_000,
        lane: "flash",
      },
      {
        say: "The broker is back.",
        deeds: [ends("socket-refused")],
        until: is("connected"),
        lane: "log",
      },
      { say: "All that is left is sent; each record bears how many were lost.", until: acked, lane: "mqtt" },
    ],
  },
  {
    name: "power-cut",
    title: "A power cut while writing",
    about: "The power goes in the middle of a record",
    seed: 6,
    steps: [
      online,
      {
        say: "The power goes after 40 more bytes were written: the record in the flash is torn.",
        deeds: [begins("flash-power-cut", { value: 40, forMs: 120_000 })],
        until: is("start"),
        lane: "flash",
      },
      {
        say: "The next start walks over the flash, and passes over what is torn by its checksum.",
        until: is("clock"),
        lane: "log",
      },
      { say: "The token was kept: there is no need to ask for another.", until: is("connected"), lane: "log" },
      { say: "Whole records that waited are sent, under the numbers that they had.", until: acked, lane: "mqtt" },
    ],
  },
  {
    name: "clone",
    title: "A clone",
    about: "A second device with the same SIM throws the first one off",
    seed: 7,
    steps: [
      online,
      {
        say: "A copy of the device is switched on: with the same SIM, and so with the same client id.",
        deeds: [begins("broker-clone")],
        until: cloudSaw("close", (e) => e.reason === "DUPLICATE_CLIENTID"),
        lane: "cloud",
      },
      {
        say: "Each throws the other off; the back-off is not reset by a connection that soon ends.",
        until: is("backing-off", (e) => Number(e.failures) >= 2),
        lane: "log",
      },
      {
        say: "So they call ever more rarely, instead of many times a second.",
        until: is("backing-off", (e) => Number(e.failures) >= 3),
        lane: "log",
      },
      { say: "The clone is found, and switched off.", deeds: [ends("broker-clone")], until: acked, lane: "mqtt" },
    ],
  },
  {
    name: "update",
    title: "An update with a bad image",
    about: "A release crashes on the device, and is taken back",
    seed: 9,
    updates: true,
    settings: { telemetryIntervalS: 60 },
    steps: [
      online,
      {
        say: "A release is sent: its manifest is signed with the key that the device knows, so it is taken.",
        deeds: [{ do: "release", act: "crash" }],
        until: updated("accepted"),
        lane: "log",
      },
      {
        say: "The image is fetched over the same modem, piece by piece, into the slot that does not run.",
        until: updated("downloading"),
        lane: "at",
      },
      {
        say: "Its digest is right, and the chip starts it: on trial, the old one is kept.",
        until: is("start", (e) => e.reset === "update"),
        lane: "log",
      },
      {
        say: "A moment later the new firmware crashes: it has not shown that it can reach the cloud.",
        until: (e) => e.lane === "board" && e.name === "start",
        lane: "log",
      },
      {
        say: "The boot loader starts the old image again, and the device tells the cloud that the update was rolled back.",
        until: updated("rolled-back"),
        lane: "mqtt",
      },
      delivered,
    ],
  },
  {
    name: "stranger",
    title: "A stranger in between",
    about: "Somebody shows a certificate of their own",
    seed: 8,
    steps: [
      { ...online, until: is("acked", (e) => e.seq === 2) },
      {
        say: "Somebody has put a server of their own in the way, and cuts the connection so that the device comes to it.",
        deeds: [begins("tls-untrusted", { value: "broker" }), begins("broker-hangs-up")],
        until: is("connecting"),
        lane: "log",
      },
      {
        say: "Its certificate leads to no root that the device trusts: the handshake ends there, and no token was sent.",
        until: is("failure", (e) => e.code === "tls-untrusted"),
        lane: "log",
      },
      { say: "What is recorded meanwhile waits in the flash.", until: is("recorded"), lane: "flash" },
      {
        say: "The stranger is gone: the next attempt meets the real endpoint.",
        deeds: [ends("tls-untrusted")],
        until: is("connected"),
        lane: "mqtt",
      },
      delivered,
    ],
  },
];

/** The longest that a step may take, in virtual milliseconds. */
export const STEP_MOST_MS = 2 * 3_600_000;

export const scenarioNamed = (name: string | undefined): Scenario | undefined =>
  SCENARIOS.find((scenario) => scenario.name === name);

/** Walks through a tour. */
export class Walk {
  readonly scenario: Scenario;
  /** The step that is under way; behind the last one: it is over. */
  at = -1;
  #over = true;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
  }

  get step(): Step | undefined {
    return this.scenario.steps[this.at];
  }

  /** Whether the step under way has come to its end. */
  get isReached(): boolean {
    return this.#over;
  }

  get isOver(): boolean {
    return this.at >= this.scenario.steps.length;
  }

  /** Goes on to the next step. @returns what is to be done */
  next(): readonly Deed[] {
    this.at++;
    this.#over = this.isOver;
    return this.step?.deeds ?? [];
  }

  /** Hears an entry. */
  hear(entry: Entry): void {
    if (!this.#over && this.step?.until(entry) === true) this.#over = true;
  }
}
