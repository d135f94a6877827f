// A device on the page, in Node as in a tab: its world is made from a plan, time is let pass in pieces of any size, and what
// is done to it is noted in the plan. Each action has a whole millisecond of its own: all that is due by then has happened,
// nothing behind it has. So the pieces in which time passes, and with them the speed of a screen, change nothing.

import { BOARDS } from "../../../firmware/modem/boards.js";
import type { BoardCore } from "../../board/board.js";
import type { Act } from "../../boot/acts.js";
import { Desk, type DeskWatcher, FACTORY_IMAGE } from "../../desk/desk.js";
import { entriesOf } from "../../desk/entries.js";
import type { Entry } from "../../desk/entry.js";
import { kindOf } from "../../desk/kinds/index.js";
import { signalOf } from "../../modem/control.js";
import type { OpenTrial } from "../../storm/play-trial.js";
import { boardOf, STANDARD_WORLD } from "../../testing/world.js";
import type { Turn } from "../../world/turn.js";
import { VirtualWorld } from "../../world/virtual-world.js";
import * as app from "./app.js";
import type { CommandTable } from "./commands.js";
import { commandsOf } from "./commands.js";
import { FlashMap } from "./flash-map.js";
import { loadUpdates } from "./late-updates.js";
import { type Look, lookAt, Memory } from "./look.js";
import { partsSeen, setPart } from "./parts.js";
import { type Action, type Deed, PAGE_SETTINGS, type Plan } from "./plan.js";
import { scenarioNamed } from "./scenarios.js";

export interface SessionOptions {
  /** Takes each entry. */
  emit: (entry: Entry) => void;
  /** Turns of whatever runs it; left out: Node's. */
  turn?: Turn;
}

type Storm = typeof import("./storm.js");

/** Whether its device is one with slots for updates. */
const hasUpdates = (plan: Plan): boolean => plan.kind === "desk" && scenarioNamed(plan.scenario)?.updates === true;

/** Opens a session. @throws ConfigError for settings that are none */
export async function openSession(plan: Plan, options: SessionOptions): Promise<Session> {
  if (hasUpdates(plan)) await loadUpdates();
  if (plan.kind !== "storm") return new Session(plan, options);
  const storm = await import("./storm.js");
  // Some devices of storms are updated.
  await storm.loadUpdates();
  return new Session(plan, options, storm);
}

/** A world that goes on as a plan says. Nothing happens but within `advance` and `step`. */
export class Session {
  readonly desk: Desk;
  readonly world: VirtualWorld;
  /** When it is over, milliseconds; undefined: never. */
  readonly endMs: number | undefined;
  /** The parts of its board; undefined: it has none that anybody could turn. */
  readonly board: BoardCore | undefined;
  /** Its commands, with what each is given. */
  readonly commands: CommandTable;
  readonly flash: FlashMap;
  readonly #plan: Plan;
  readonly #memory = new Memory();
  readonly #trial: OpenTrial | undefined;
  /** In the order of their time, those that were done first. */
  readonly #actions: Action[];
  #done = 0;
  /** Number of the last release; the factory's is 1. */
  #releases = 1;

  /** @param storm for a plan of one; see `openSession` */
  constructor(plan: Plan, { emit, turn }: SessionOptions, storm?: Storm) {
    this.#plan = plan;
    this.#actions = [...plan.actions];
    const heard = (world: VirtualWorld): DeskWatcher =>
      entriesOf(world, (entry) => {
        this.#memory.note(entry);
        emit(entry);
      });
    if (plan.kind === "storm") {
      if (storm === undefined) throw new Error("a storm is opened by openSession");
      this.#trial = storm.openTrial(storm.drawTrial(plan.seed, plan.hours), { also: heard, ...(turn && { turn }) });
      this.desk = this.#trial.desk;
      this.world = this.#trial.world;
      this.endMs = this.#trial.endMs;
      this.commands = commandsOf(undefined);
    } else {
      const { seed } = plan;
      const world = new VirtualWorld({ seed, ...(turn && { turn }) });
      const board = boardOf(STANDARD_WORLD, {
        row: BOARDS["esp32-breakout"],
        now: () => world.elapsed,
        later: (callback) => void world.scheduler.at(world.now, callback),
        seed,
        onShown: (part, name, value) =>
          emit({ t: world.elapsed, lane: "board", name: part, text: `${name} ${value}`, value }),
      });
      const watcher = heard(world);
      this.world = world;
      this.board = board;
      this.commands = commandsOf(app.commands);
      this.desk = new Desk({
        seed,
        settings: { ...PAGE_SETTINGS, ...plan.settings },
        world,
        firmware: { app },
        ...(hasUpdates(plan) && { updates: {} }),
        board: { ports: board.device },
        watcher: {
          ...watcher,
          booted: () => {
            board.restart();
            watcher.booted?.();
          },
        },
      });
      this.desk.start();
    }
    this.flash = new FlashMap(this.desk.flash);
  }

  /** Milliseconds since the first power-on. */
  get elapsed(): number {
    return this.world.elapsed;
  }

  /** The plan, with all that was done so far. */
  get plan(): Plan {
    return { ...this.#plan, actions: [...this.#actions] };
  }

  get isOver(): boolean {
    return this.#trial?.isBroken() === true || (this.endMs !== undefined && this.elapsed >= this.endMs);
  }

  /** Of every event and byte so far: the same plan gives the same one anywhere. */
  digest(): string {
    return this.world.trace.digest();
  }

  /** How everything is. */
  look(): Look {
    const { sht3x, battery, button, led } = this.board?.parts ?? {};
    // What the page's app does nothing with is of no use to anybody.
    const parts = sht3x && battery && button && led && partsSeen({ sht3x, battery, button, led });
    return { ...lookAt(this.desk, this.#memory), parts };
  }

  /**
   * Lets time pass.
   * @param toMs until this moment, in whole milliseconds
   * @param enough asked before each event: true ends it sooner
   */
  async advance(toMs: number, enough: () => boolean = () => false): Promise<void> {
    const end = Math.min(toMs, this.endMs ?? Number.POSITIVE_INFINITY);
    const stop = () => enough() || this.#trial?.isBroken() === true;
    for (;;) {
      const action = this.#actions[this.#done];
      const goal = Math.min(end, action?.at ?? Number.POSITIVE_INFINITY);
      if (goal > this.elapsed && (await this.world.run(stop, goal - this.elapsed))) return;
      if (action === undefined || action.at > this.elapsed) return;
      this.#done++;
      this.#do(action);
    }
  }

  /** Lets time pass until something is told. */
  async step(): Promise<void> {
    const { count } = this.#memory;
    await this.advance(this.elapsed + 3_600_000, () => this.#memory.count > count);
  }

  /** Does something at the next whole millisecond, or later. @returns what stands in the plan now */
  act(deed: Deed, atMs = 0): Action {
    const at = Math.max(Math.floor(this.elapsed) + 1, Math.round(atMs));
    const action = { at, ...deed };
    const behind = this.#actions.findIndex((other, i) => i >= this.#done && other.at > at);
    this.#actions.splice(behind < 0 ? this.#actions.length : behind, 0, action);
    return action;
  }

  /** Ends it. */
  close(): void {
    if (this.#trial) this.#trial.close();
    else this.desk.unit.off();
  }

  #release(act: Act): void {
    const { updates, iccid } = this.desk;
    if (updates === undefined) return;
    const seq = ++this.#releases;
    const content = { ...FACTORY_IMAGE, seq, version: `1.${seq}.0`, act, afterMs: BAD_AFTER_MS };
    updates.send(iccid, updates.release(content, IMAGE_BYTES));
  }

  #do(deed: Deed): void {
    const { desk, world } = this;
    switch (deed.do) {
      case "fault": {
        const { fault, value, forMs = 0 } = deed;
        desk.faults.begin(fault, value);
        if (forMs > 0 && kindOf(fault).end) world.scheduler.at(world.now + forMs, () => desk.faults.end(fault));
        return;
      }
      case "end":
        desk.faults.end(deed.fault);
        return;
      case "command":
        desk.command(deed.json);
        return;
      case "signal":
        desk.stage.push(desk.unit.modem.setNetwork(signalOf(deed.dbm), world.now));
        return;
      case "rat": {
        const rats = deed.rat === "both" ? (["LTE-M", "NB-IoT"] as const) : [deed.rat];
        desk.stage.push(desk.unit.modem.setNetwork({ rats }, world.now));
        return;
      }
      case "release":
        this.#release(deed.act);
        return;
      case "part":
        // A part that is not there is passed over.
        if (this.board) setPart(this.board, deed);
    }
  }
}

/** Bytes of a release's image: small, so that nobody waits long. */
const IMAGE_BYTES = 40_000;
/** After so long an image that is bad shows it, in milliseconds. */
const BAD_AFTER_MS = 2_000;

/** Plays a plan as it stands to a moment. @returns its digest there */
export async function digestOf(plan: Plan, untilMs: number, turn?: Turn): Promise<string> {
  const session = await openSession(plan, { emit: () => {}, ...(turn && { turn }) });
  await session.advance(untilMs);
  const digest = session.digest();
  session.close();
  return digest;
}
