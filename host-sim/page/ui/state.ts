// What the page knows: signals that its parts read, and what can be done. One session at a time; its time passes here, a bit
// within each frame, so that the page stays answerable whatever the speed.

import { batch, computed, signal } from "@preact/signals";
import type { Entry, Lane } from "../../desk/entry.js";
import { portTurn } from "../../world/turn.js";
import type { Look } from "../world/look.js";
import { type Deed, type DeskPlan, fromHash, type Plan, PlanError, type Shared, toHash } from "../world/plan.js";
import { scenarioNamed, Walk } from "../world/scenarios.js";
import { openSession, type Session } from "../world/session.js";
import type { Live, LiveHello } from "./live.js";
import { EntryStore } from "./store.js";
import { Track } from "./track.js";

/** Virtual milliseconds to a real one. */
export const SPEEDS = [1, 10, 60, 600, Number.POSITIVE_INFINITY] as const;

export const session = signal<Session | undefined>(undefined);
export const live = signal<Live | undefined>(undefined);
/** What the live run has said of itself; undefined: nothing yet. */
export const hello = signal<LiveHello | undefined>(undefined);
export const look = signal<Look | undefined>(undefined);
export const playing = signal(false);
export const speed = signal<number>(10);
/** What is wrong with what was asked for, in one line. */
export const trouble = signal<string | undefined>(undefined);
/** Counts up as entries come: at most once a frame. */
export const version = signal(0);
/** The tour that is walked; `walked` counts its steps. */
export const walk = signal<Walk | undefined>(undefined);
export const walked = signal(0);
/** What the page was opened with, and how the replay of it came out. */
export const shared = signal<Shared>({ plan: { kind: "desk", seed: 1, settings: {}, actions: [] } });
export const replay = signal<"none" | "running" | "same" | "differs">("none");
/** Row of the lanes to show: a time. */
export const shownTime = signal<number | undefined>(undefined);
/** The record that is followed. */
export const followed = signal<number | undefined>(undefined);
/** A lane to show, as a tour asks for. */
export const wantedLane = signal<Lane | undefined>(undefined);

export const store = new EntryStore();
export const track = new Track();

export const digest = computed(() => {
  version.value;
  return session.value?.digest() ?? "";
});
export const isOver = computed(() => {
  version.value;
  return session.value?.isOver ?? false;
});

const turn = portTurn(new MessageChannel());
/** Real milliseconds of a frame that the world may have. */
const BUDGET_MS = 11;
/** A frame that comes later than this is no reason to hurry. */
const LATE_MS = 100;
/** How often gauges are looked at, in real milliseconds. */
const LOOK_EVERY_MS = 100;

let target = 0;
let heard = false;

function hear(entry: Entry): void {
  store.add(entry);
  track.hear(entry);
  walk.value?.hear(entry);
  heard = true;
}

/** Begins a plan anew. */
export async function open(next: Shared): Promise<void> {
  const mine = ++opened;
  session.value?.close();
  store.clear();
  track.clear();
  const scenario = next.plan.kind === "desk" ? scenarioNamed(next.plan.scenario) : undefined;
  batch(() => {
    trouble.value = undefined;
    shared.value = next;
    followed.value = undefined;
    shownTime.value = undefined;
    walk.value = scenario && next.untilMs === undefined ? new Walk(scenario) : undefined;
    walked.value = 0;
    playing.value = false;
    replay.value = next.untilMs === undefined ? "none" : "running";
    session.value = undefined;
  });
  try {
    const made = await openSession(next.plan, { emit: hear, turn });
    // Somebody may have chosen again meanwhile.
    if (mine !== opened) made.close();
    else {
      target = 0;
      session.value = made;
    }
  } catch (error) {
    trouble.value = (error as Error).message;
  }
  if (mine !== opened) return;
  refresh();
  if (walk.value) nextStep();
}
let opened = 0;

/** Begins anew with something changed. */
export async function change(plan: Plan): Promise<void> {
  await open({ plan });
  note();
}

/** Does something now, or in so many milliseconds. */
export function act(deed: Deed, inMs = 0): void {
  if (live.value) {
    const run = live.value;
    trouble.value = undefined;
    if (inMs > 0) setTimeout(() => void run.act(deed), inMs);
    else void run.act(deed);
    return;
  }
  const it = session.value;
  if (it === undefined) return;
  it.act(deed, it.elapsed + inMs);
  // Standing still, it is done at the next millisecond.
  if (!playing.value) target = Math.max(target, Math.floor(it.elapsed) + 1);
  note();
}

/** Goes on with the tour. */
export function nextStep(): void {
  const it = walk.value;
  if (it === undefined || !it.isReached) return;
  const deeds = it.next();
  for (const deed of deeds) session.value?.act(deed);
  batch(() => {
    walked.value++;
    wantedLane.value = it.step?.lane;
    if (it.isOver) playing.value = false;
    else playing.value = true;
  });
  note();
}

/** Until something is told. */
export async function step(): Promise<void> {
  playing.value = false;
  steps++;
}
let steps = 0;

/** The plan in the address, as it is now. */
function note(): void {
  if (session.value === undefined) return;
  const hash = toHash({ plan: session.value.plan });
  // The replay that this address was opened with is over.
  history.replaceState(null, "", `${location.pathname}${location.search}#${hash}`);
}

/** The address of what was done up to now, with its digest. Time stands at a whole millisecond then. */
export async function share(): Promise<string> {
  const it = session.value;
  if (it === undefined) return location.href;
  playing.value = false;
  const untilMs = Math.ceil(it.elapsed);
  await pausedAt(untilMs);
  const hash = toHash({ plan: it.plan, untilMs, digest: it.digest() });
  return `${location.origin}${location.pathname}#${hash}`;
}

let resolvePause: (() => void) | undefined;
function pausedAt(ms: number): Promise<void> {
  target = ms;
  return new Promise((resolve) => {
    resolvePause = resolve;
  });
}

/** Reads the address. */
export function openAddress(): void {
  try {
    void open(fromHash(location.hash));
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    const why = error.message;
    void open({ plan: { kind: "desk", seed: 1, settings: {}, actions: [] } }).then(() => {
      trouble.value = `this address says no plan: ${why}`;
    });
  }
}

/** The plan of a device, where there is one. */
export const deskPlan = (): DeskPlan | undefined => {
  const plan = session.value?.plan;
  return plan?.kind === "desk" ? plan : undefined;
};

function refresh(): void {
  batch(() => {
    version.value++;
    look.value = live.value ? live.value.look : session.value?.look();
    track.sample(look.value);
  });
}

const nextFrame = () =>
  new Promise<number>((resolve) => {
    let isDone = false;
    const done = () => {
      if (!isDone) resolve(performance.now());
      isDone = true;
    };
    requestAnimationFrame(done);
    // A tab that nobody looks at has no frames.
    setTimeout(done, 250);
  });

/** Lets time pass, frame by frame, as long as the page is there. */
export async function pump(): Promise<never> {
  let before = performance.now();
  let looked = 0;
  for (;;) {
    const now = await nextFrame();
    const passed = Math.min(LATE_MS, now - before);
    before = now;
    const it = session.value;
    if (it !== undefined && !live.value) await pass(it, passed, now);
    if (now - looked >= LOOK_EVERY_MS || heard) {
      if (now - looked >= LOOK_EVERY_MS) {
        looked = now;
        refresh();
      } else version.value++;
      heard = false;
    }
  }
}

async function pass(it: Session, passed: number, now: number): Promise<void> {
  const until = now + BUDGET_MS;
  const isLate = () => performance.now() > until;
  try {
    if (replay.value === "running") await passReplay(it, isLate);
    else if (steps > 0) {
      steps--;
      await it.step();
      target = it.elapsed;
    } else {
      if (playing.value) {
        const rate = speed.value;
        target = Number.isFinite(rate) ? Math.max(target, it.elapsed) + passed * rate : Number.POSITIVE_INFINITY;
        // A world that cannot keep up is not hurried later.
        if (Number.isFinite(rate)) target = Math.min(target, it.elapsed + Math.max(1_000, rate * LATE_MS * 4));
      } else if (!Number.isFinite(target)) target = it.elapsed;
      const tour = walk.value;
      await it.advance(Math.floor(target), () => isLate() || (tour?.isReached === true && playing.value));
      if (tour?.isReached && playing.value) {
        playing.value = false;
        target = it.elapsed;
        walked.value++;
      }
      if (it.isOver && playing.value) playing.value = false;
      if (resolvePause && it.elapsed >= target) {
        resolvePause();
        resolvePause = undefined;
      }
    }
  } catch (error) {
    playing.value = false;
    trouble.value = `the world has ended: ${(error as Error).message}`;
    session.value = undefined;
  }
}

async function passReplay(it: Session, isLate: () => boolean): Promise<void> {
  const { untilMs = 0, digest: wanted } = shared.value;
  await it.advance(untilMs, isLate);
  if (it.elapsed < untilMs && !it.isOver) return;
  target = it.elapsed;
  replay.value = wanted === undefined ? "none" : wanted === it.digest() ? "same" : "differs";
}
