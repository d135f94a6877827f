// Draws a storm from a seed: faults of all seams, one at a time, in bursts of one kind, and in pairs of two seams that overlap.

import { endOf, type Fault, SEAMS, type Seam } from "../desk/fault.js";
import { KINDS, kindOf, triggerOf } from "../desk/kinds/index.js";
import { logOf, powerOf } from "../world/draws.js";
import type { Prng } from "../world/prng.js";
import type { Setup } from "./setup.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Mean time between two episodes, in milliseconds. */
const EPISODE_EVERY = 40 * MINUTE;
/** At the end no fault lasts for this long, in milliseconds: time to recover in, and to deliver what waits. */
export const QUIET = 25 * MINUTE;
/** How likely a seam takes part in a seed, and how many do at the least. */
const TAKES_PART = 0.75;
const SEAMS_LEAST = 4;
/** A burst: how many, and how far apart. */
const BURST = { least: 2, most: 6, apart: 60 * SECOND } as const;

type Episode = (random: Prng, names: NamesBySeam, at: number) => Fault[];
type NamesBySeam = ReadonlyMap<Seam, readonly string[]>;

/** `upTo`: shares, added up. */
const EPISODES: readonly { upTo: number; draw: Episode }[] = [
  { upTo: 0.45, draw: alone },
  { upTo: 0.7, draw: burst },
  { upTo: 1, draw: pair },
];

/**
 * Draws the faults of one device's storm, in the order of their beginning.
 * @param hours length of the whole run, 1 or more; its last QUIET is without faults
 */
export function drawSchedule(random: Prng, hours: number, setup: Setup): Fault[] {
  // A swarm: what is spared in some seeds cannot hide what else there is to see (Groce et al., "Swarm Testing", 2012).
  const seams = SEAMS.filter(() => random.chance(TAKES_PART));
  const names: NamesBySeam = new Map(
    (seams.length < SEAMS_LEAST ? SEAMS : seams)
      .map((seam) => [seam, namesOf(seam, setup)] as const)
      .filter(([, some]) => some.length > 0),
  );
  const end = hours * 60 * MINUTE - QUIET;
  const faults: Fault[] = [];
  for (let at = gap(random); at < end; at += gap(random)) {
    faults.push(...drawEpisode(random)(random, names, Math.floor(at)));
  }
  return faults
    .filter((fault) => fault.at < end)
    .map((fault) => (endOf(fault) <= end ? fault : { ...fault, duration: end - fault.at }))
    .sort((a, b) => a.at - b.at);
}

/** Evenly random in time: exponentially distributed. */
const gap = (random: Prng) => -logOf(1 - random.unit()) * EPISODE_EVERY;

/** What goes wrong with 1NCE's service, its tokens and AWS IoT Core's ALPN alone. */
const ONE_NCES =
  /^(onboarding-|network-name-gone$|tls-(alpn|mute-onboarding|cut-onboarding)$|broker-(kick|clone|token-short|token-over)$)/;

const namesOf = (seam: Seam, setup: Setup) =>
  Object.entries(KINDS).flatMap(([name, kind]) => {
    const isSpared = kind.spares?.(setup) === true || (setup.cloud !== "1nce" && ONE_NCES.test(name));
    return kind.seam === seam && !isSpared ? [name] : [];
  });

function drawEpisode(random: Prng): Episode {
  const drawn = random.unit();
  return EPISODES.find(({ upTo }) => drawn < upTo)!.draw;
}

/** Every seam is as likely as any other, however many kinds it has. */
function drawName(random: Prng, names: NamesBySeam, without?: Seam): string {
  const seams = [...names.keys()].filter((seam) => seam !== without);
  const some = names.get(seams[random.below(seams.length)]!)!;
  return some[random.below(some.length)]!;
}

function drawFault(random: Prng, name: string, at: number): Fault {
  const { lasts, value } = kindOf(name);
  const duration = lasts === undefined ? 0 : lasts[0] * powerOf(lasts[1] / lasts[0], random.unit());
  return { at, fault: name, ...(value && { value: value(random) }), duration: Math.round(duration * SECOND) };
}

/** How often a fault comes with what lets it bite, and how soon that follows. */
const TRIGGER = { chance: 0.7, within: 20 * SECOND } as const;

/** A fault, and often what lets it bite. */
function withTrigger(random: Prng, names: NamesBySeam, fault: Fault): Fault[] {
  const trigger = triggerOf(fault.fault, fault.value);
  if (trigger === undefined || !names.get(kindOf(trigger).seam)?.includes(trigger) || !random.chance(TRIGGER.chance))
    return [fault];
  return [fault, drawFault(random, trigger, fault.at + Math.round(random.unit() * TRIGGER.within))];
}

function alone(random: Prng, names: NamesBySeam, at: number): Fault[] {
  return withTrigger(random, names, drawFault(random, drawName(random, names), at));
}

function burst(random: Prng, names: NamesBySeam, at: number): Fault[] {
  const name = drawName(random, names);
  const count = BURST.least + random.below(BURST.most - BURST.least + 1);
  let next = at;
  const faults = Array.from({ length: count }, () => {
    const fault = drawFault(random, name, next);
    next += Math.round(random.unit() * BURST.apart);
    return fault;
  });
  return [...withTrigger(random, names, faults[0]!), ...faults.slice(1)];
}

/** The second one begins while the first lasts, or soon after one that is over at once. */
function pair(random: Prng, names: NamesBySeam, at: number): Fault[] {
  const first = drawFault(random, drawName(random, names), at);
  const within = Math.max(first.duration, MINUTE);
  const second = drawName(random, names, kindOf(first.fault).seam);
  return [
    ...withTrigger(random, names, first),
    ...withTrigger(random, names, drawFault(random, second, at + Math.round(random.unit() * within))),
  ];
}
