// The page on a run of `simkey run --page`: served on this machine alone, under a token that only its URL has. Entries go out as
// server-sent events, what is done on the page comes back by POST. What is not asked by this very page is refused: another Host
// (a name that was led to this address), another Origin (a page of somebody else's in the same browser), another token.

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DeviceApp } from "../../../firmware/compose.js";
import type { BoardCore } from "../../board/board.js";
import { type AgentState, agentAfter, agentAt } from "../../desk/agent-seen.js";
import type { Entry as LaneEntry } from "../../desk/entry.js";
import { listening, refuse, SAFE_HEADERS, type Served, sendFile } from "../../page/serve.js";
import { type CommandTable, commandsOf } from "../../page/world/commands.js";
import { isForAnswers, type Look, withAnswer } from "../../page/world/look.js";
import { partsSeen, setPart } from "../../page/world/parts.js";
import type { Deed } from "../../page/world/plan.js";
import type { Entry } from "../output/entry.js";
import { describeError, UsageError } from "../output/errors.js";
import { laneEntry } from "../output/lanes.js";
import type { DeskReach } from "./desk.js";
import { faultTable, switchOff, switchOn } from "./faults.js";
import { isToken } from "./token.js";

/** Where `npm run build:page` puts it. */
const FOLDER = fileURLToPath(new URL("../../../page", import.meta.url));
/** Entries that a page gets which comes later. */
const BACKLOG = 5_000;
const LOOK_EVERY_MS = 500;
/** Bytes of what a page may ask for. */
const DEED_MOST = 4_096;
const TOKEN_BYTES = 16;

export interface LivePageOptions {
  /** For people: what runs. */
  title: string;
  /** How a simulated desk is reached; undefined: nothing can be done to a real one. */
  reach: DeskReach | undefined;
  /** Its board, whose parts can be turned; left out: it has none. */
  board?: BoardCore | undefined;
  /** Commands of its own app. */
  commands?: DeviceApp["commands"];
  /** Where the page lies; left out: where it was built. */
  folder?: string;
}

/** A page on a run. */
export interface LivePage extends Served {
  /** Tells it what the run has to say. */
  tell(entry: Entry): void;
}

/** Begins to serve it. @throws UsageError when it was not built */
export async function openLivePage(options: LivePageOptions): Promise<LivePage> {
  const { folder = FOLDER } = options;
  if (!existsSync(join(folder, "index.html"))) {
    throw new UsageError("--page: the page was not built; `npm run build:page` makes it");
  }
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const live = new LiveRun(options);
  let host = "";
  const server = createServer((request, response) => {
    const [path = "/"] = (request.url ?? "/").split("?", 1);
    const [, given = "", name = "", ...more] = path.split("/");
    const origin = request.headers.origin;
    if (request.headers.host !== host || (origin !== undefined && origin !== `http://${host}`)) refuse(response, 403);
    else if (!isToken(given, token) || more.length > 0) refuse(response, 404);
    else if (name === "events" && request.method === "GET") live.listen(request, response);
    // A page always names its origin when it posts; who names none is none.
    else if (name === "act" && request.method === "POST")
      origin ? void live.take(request, response) : refuse(response, 403);
    else void sendFile(folder, name === "" ? "index.html" : name, request, response);
  });
  const served = await listening(server, 0, `/${token}/?live`);
  host = new URL(served.url).host;
  return {
    url: served.url,
    tell: (entry) => live.tell(entry),
    close: () => {
      live.close();
      return served.close();
    },
  };
}

/** One run, and the pages that look at it. */
class LiveRun {
  readonly #title: string;
  readonly #reach: DeskReach | undefined;
  readonly #board: BoardCore | undefined;
  readonly #commands: CommandTable;
  readonly #pages = new Set<ServerResponse>();
  readonly #entries: LaneEntry[] = [];
  readonly #began = Date.now();
  #agent: AgentState = agentAt(Date.now());
  #boots = 0;
  readonly #seen = { recorded: 0, acked: 0, received: 0, answered: 0, reconnects: 0 };
  #known: { clientId?: string; tokenEndsAt?: number; plmn?: string; rat?: string; rssi?: number } = {};
  readonly #faults = new Map<string, number>();
  #answers: Look["answers"] = [];
  readonly #timer: NodeJS.Timeout;

  constructor({ title, reach, board, commands }: LivePageOptions) {
    this.#title = title;
    this.#reach = reach;
    this.#board = board;
    this.#commands = commandsOf(commands);
    this.#timer = setInterval(() => this.#send("look", this.#look()), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** What a page is told first. */
  hello() {
    const deeds: Deed["do"][] = this.#reach ? ["fault", "end", "signal", "rat"] : [];
    if (this.#reach?.command) deeds.push("command");
    if (this.#board) deeds.push("part");
    return { title: this.#title, deeds, faults: this.#reach ? faultTable() : [], commands: this.#commands };
  }

  tell(entry: Entry): void {
    this.#note(entry);
    const told = [laneEntry(entry)];
    if (entry.event === "phase") told.push({ t: entry.t, lane: "phase", name: String(entry.phase) });
    for (const each of told) {
      this.#entries.push(each);
      this.#send("entry", each);
    }
    if (this.#entries.length > 2 * BACKLOG) this.#entries.splice(0, BACKLOG);
  }

  /** A page listens. */
  listen(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { ...SAFE_HEADERS, "Content-Type": "text/event-stream" });
    this.#pages.add(response);
    request.on("close", () => this.#pages.delete(response));
    const first = [eventOf("hello", this.hello()), eventOf("look", this.#look())];
    response.write([...first, ...this.#entries.slice(-BACKLOG).map((entry) => eventOf("entry", entry))].join(""));
  }

  /** Something is to be done. */
  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const deed = JSON.parse(await bodyOf(request)) as Deed;
      this.#do(deed);
      response.writeHead(204, SAFE_HEADERS).end();
    } catch (error) {
      response.writeHead(400, { ...SAFE_HEADERS, "Content-Type": "text/plain; charset=utf-8" });
      response.end(describeError(error).line);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    for (const page of this.#pages) page.end();
  }

  #do(deed: Deed): void {
    const reach = this.#reach;
    if (deed.do === "part") {
      if (!this.#board || !setPart(this.#board, deed)) throw new UsageError(`there is no ${deed.part} ${deed.name}`);
      return;
    }
    if (reach === undefined) throw new UsageError("nothing can be done to a real modem from here");
    switch (deed.do) {
      case "fault": {
        const { fault, value } = deed;
        switchOn(value === undefined ? String(fault) : `${fault}=${value}`, reach);
        this.#faults.set(fault, Date.now());
        this.tell({ t: this.#elapsed(), event: "fault", fault });
        return;
      }
      case "end":
        switchOff(String(deed.fault), reach);
        this.#faults.delete(deed.fault);
        return;
      case "signal":
        reach.wish({ do: "signal", dbm: deed.dbm });
        return;
      case "rat":
        reach.wish({ do: "network", rats: deed.rat === "both" ? ["LTE-M", "NB-IoT"] : [deed.rat] });
        return;
      case "command":
        if (reach.command?.(deed.json) !== true) throw new UsageError("the device is not connected");
        return;
      default:
        throw new UsageError(`a live run takes no "${String((deed as { do: unknown }).do)}"`);
    }
  }

  #note({ event, t, level: _, ...fields }: Entry): void {
    this.#agent = agentAfter(this.#agent, event as never, fields as never, Date.now());
    const told = fields as Record<string, string & number>;
    if (event === "recorded") this.#seen.recorded++;
    else if (event === "acked") this.#seen.acked++;
    else if (event === "command") this.#seen.received++;
    else if (event === "answered") this.#seen.answered++;
    else if (event === "start") this.#boots++;
    else if (event === "onboarded")
      Object.assign(this.#known, { clientId: told.clientId, tokenEndsAt: told.expiresAt });
    else if (event === "payload" && isForAnswers(told.topic))
      this.#answers = withAnswer(this.#answers, t, told.text ?? "");
    else if (event === "online") Object.assign(this.#known, { plmn: told.plmn, rat: told.rat, rssi: told.rssi });
  }

  #elapsed(): number {
    return Date.now() - this.#began;
  }

  #look(): Look {
    const { rat = "LTE-M", rssi = -113, clientId = "", tokenEndsAt, plmn } = this.#known;
    const isUp = plmn !== undefined;
    const guessed = { power: "running", simReady: true, registered: isUp, rat, rssi, pdp: isUp, sockets: 0 };
    const state = this.#reach?.wish({ do: "state" }) as { state?: Look["modem"] } | undefined;
    const { recorded, acked } = this.#seen;
    const faults = [...this.#faults].map(([fault, since]) => ({ fault, value: undefined, since }));
    return {
      ...{ elapsed: this.#elapsed(), now: Date.now(), boots: Math.max(1, this.#boots), agent: this.#agent, faults },
      ...{ modem: state?.state ?? (guessed as Look["modem"]), clientId, tokenEndsAt, plmn },
      outbox: { waiting: Math.max(0, recorded - acked), dropped: 0 },
      counters: { ...this.#seen },
      ...{ airBytes: 0, monthBytes: undefined, charge: { mAh: 0, onS: 0, offS: 0 }, answers: this.#answers },
      ...(this.#board && { parts: partsSeen(this.#board.parts) }),
    };
  }

  #send(event: string, data: unknown): void {
    if (this.#pages.size === 0) return;
    const text = eventOf(event, data);
    for (const page of this.#pages) page.write(text);
  }
}

const eventOf = (event: string, data: unknown) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** The body of a request. @throws UsageError for one that is too long */
async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request) {
    text += String(piece);
    if (text.length > DEED_MOST) throw new UsageError(`a deed has at most ${DEED_MOST} characters`);
  }
  return text;
}
