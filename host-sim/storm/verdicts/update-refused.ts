// The promise that a manifest which must not be obeyed is refused, with its reason, and never obeyed.
//
// A device tells of each that it hears, but for those that docs/updates.md and firmware/update/intake.ts name: one that it has
// told of before, one that cannot be read within ten minutes of another, and one that is not above what is under way. One that
// comes before it is connected, or while an image is on trial, waits; of several the last, and none over a restart.

import type { UpdateCode } from "../../../firmware/update/error.js";
import { type Evidence, linesOf } from "../evidence.js";
import type { UpdatesSeen } from "../updates.js";
import { pathOf, versionOf } from "../updates-wrong.js";
import type { Heard } from "../wire.js";
import { roomlessOf } from "./limits.js";
import { isLast, UPDATE_TOPIC, type Word, wordsOf } from "./update-words.js";
import { isTrialAt } from "./updates.js";
import type { Breach, Verdict } from "./verdict.js";

type Sent = UpdatesSeen["sent"][number];

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
/** One that cannot be read is told of at most this often, and what a quartz may be off in that time. */
const TOLD_EVERY = 600 * SECOND + 100;
/** How soon one is told of that waited. */
const SOON = 2 * SECOND;
/** Reasons of those that cannot be read: their reports name no number. */
const UNREAD: ReadonlySet<UpdateCode | undefined> = new Set([
  ...(["update-too-large", "update-malformed", "update-algorithm", "update-key"] as const),
  ...(["update-signature", "update-format"] as const),
]);
const OBEYING: ReadonlySet<string> = new Set(["accepted", "waiting", "downloading", "trial", "confirmed"]);

/** Rules that are looked at behind that of the number: one that is too low is refused for that. */
const BEHIND_NUMBER: ReadonlySet<UpdateCode | undefined> = new Set(["update-base", "update-size", "update-host"]);

/** One that came. */
interface Came {
  sent: Sent;
  /** When it was looked at; undefined: its life ended before, or another took its place. */
  at: number | undefined;
  /** Why it is not to be obeyed; undefined: it may be, or one of two things is wrong with it. */
  refusal: UpdateCode | undefined;
  /** Nothing need be told of it. */
  isSilent: boolean;
  /** That it was. */
  word: Word | undefined;
}

export const UPDATE_REFUSED: Verdict = {
  name: "update-refused",
  promise:
    "A manifest that must not be obeyed is refused with its reason, once though the broker keeps it, and nothing of it is fetched.",
  seen: (evidence) => cameOf(evidence).filter(({ word }) => word !== undefined).length,
  check: (evidence) => [...obeyed(evidence), ...untold(evidence), ...toldAgain(evidence)],
};

/** The number that must be exceeded at a time: the highest that runs or was confirmed. */
function newestAt({ updates }: Evidence, at: number): number {
  const { starts, confirmed } = updates!;
  const before = confirmed.filter((each) => each.at < at).map(({ seq }) => seq);
  const running = starts.findLast((each) => each.at <= at);
  return Math.max(running && !running.isTrial ? running.seq : 0, ...before);
}

/** Where one was obeyed. */
function obeyed(evidence: Evidence): Breach[] {
  const { updates } = evidence;
  if (updates === undefined) return [];
  const byVersion = new Map(updates.sent.map((sent) => [sent.version, sent]));
  const words = wordsOf(evidence).flatMap(({ at, state, version = "" }): Breach[] => {
    const sent = byVersion.get(version);
    if (sent === undefined || !OBEYING.has(state)) return [];
    if (sent.refusal !== undefined) return [{ at, what: `${version}, ${sent.refusal}, was ${state}` }];
    const newest = newestAt(evidence, at);
    return state === "accepted" && sent.seq <= newest
      ? [{ at, what: `update ${sent.seq} was accepted, and ${newest} runs` }]
      : [];
  });
  const wrong = updates.sent.flatMap(({ version, refusal }) => (refusal === undefined ? [] : pathOf(version)));
  const asked = updates.asked.filter(({ path }) => wrong.includes(path));
  return [...words, ...asked.map(({ at, path }) => ({ at, what: `${path} was asked for` }))];
}

/** Where one was to be told, and was not, or for another reason. */
function untold(evidence: Evidence): Breach[] {
  return cameOf(evidence).flatMap(({ sent, at, refusal, isSilent, word }): Breach[] => {
    if (refusal === undefined) return [];
    const name = `manifest ${sent.version} of number ${sent.seq}`;
    if (word && word.reason !== refusal) {
      return [{ at: word.at, what: `${name} was refused for ${word.reason}, and it is ${refusal}` }];
    }
    return word || isSilent || at === undefined ? [] : [{ at, what: `${name} was not refused: ${refusal}` }];
  });
}

/** Where one was told again, and nothing was said of any other meanwhile: the broker may bring it with each connection. */
function toldAgain(evidence: Evidence): Breach[] {
  const words = wordsOf(evidence).filter((word) => word.state === "accepted" || isLast(word));
  return words.flatMap((word, i): Breach[] => {
    const { at, update, version, state, reason } = word;
    const before = words[i - 1];
    const isAgain = before?.update === update && before?.version === version && before?.reason === reason;
    if (state !== "refused" || version === undefined || before?.state !== state || !isAgain) return [];
    // The power went as it was said.
    if (evidence.boots.some((boot) => Math.abs(boot - before.at) < SOON)) return [];
    return [{ at, what: `${version} was refused again for ${reason}` }];
  });
}

/** All that came, in their order, and what was made of each. */
function cameOf(evidence: Evidence): Came[] {
  const { updates } = evidence;
  if (updates === undefined) return [];
  const messages = messagesOf(evidence, updates);
  const words = wordsOf(evidence);
  const isRoomless = roomlessOf(evidence);
  const lookedAt = looksOf(evidence, updates);
  const begunBy = begunOf(messages, words);
  const told = new Set<string>();
  const used = new Set<Word>();
  const limited: { at: number; life: number }[] = [];
  return messages.map((message, i): Came => {
    const { sent, life, text } = message;
    const { seq, version } = sent;
    const at = lookedAt(message, messages[i + 1]);
    const then = at ?? message.at;
    const newest = newestAt(evidence, then);
    const begun = begunBy(i, then);
    const isOpen = BEHIND_NUMBER.has(sent.refusal) && (seq <= newest || begun.some((each) => each.seq >= seq));
    const refusal = isOpen ? undefined : (sent.refusal ?? (seq <= newest ? "update-seq" : undefined));
    const isUnread = UNREAD.has(refusal);
    // The one that runs is told as confirmed.
    const runs = seq === newest && (isOpen || sent.refusal === undefined);
    const isSame = (word: Word) =>
      isUnread ? word.update === undefined && word.reason === refusal : word.update === seq && word.version === version;
    const word = words.find(
      (each) =>
        each.state === "refused" && each.at >= message.at && each.at <= then + SOON && !used.has(each) && isSame(each),
    );
    const excuses = isUnread
      ? [limited.some((each) => each.life === life && then - each.at < TOLD_EVERY)]
      : [
          runs,
          begun.some((each) => each.seq >= seq && !isOver(each, words, then)),
          words.some((each) => each.update === seq && each.reason === refusal && (each.at < then || used.has(each))),
        ];
    const isSilent = told.has(text) || isRoomless({ at: then, life }) || excuses.includes(true);
    if (word) {
      used.add(word);
      told.add(text);
    }
    if (isUnread || runs) limited.push({ at: then, life });
    return { sent, at, refusal, isSilent, word };
  });
}

/** Manifests that came, each with what is known of it. */
function messagesOf({ heard }: Evidence, { sent }: UpdatesSeen): (Heard & { sent: Sent })[] {
  const byText = new Map(sent.map((each) => [each.text, each]));
  return heard.flatMap((each) => {
    const known = each.topic === UPDATE_TOPIC ? byText.get(each.text) : undefined;
    return known ? [{ ...each, sent: known }] : [];
  });
}

/** What may have been begun by a time: an update that may be obeyed has come for the first time, or was said to be accepted. */
interface Begun {
  at: number;
  seq: number;
}

function begunOf(
  messages: ReturnType<typeof messagesOf>,
  words: readonly Word[],
): (i: number, then: number) => Begun[] {
  const good = messages.flatMap(({ at, text, sent: { seq, refusal } }, i) =>
    refusal === undefined && messages.findIndex((each) => each.text === text) === i ? [{ at, seq, i }] : [],
  );
  const accepted = words.flatMap(({ at, update: seq = 0, state }) => (state === "accepted" ? [{ at, seq }] : []));
  return (i, then) => [...good.filter((each) => each.i < i), ...accepted.filter(({ at }) => at <= then)];
}

/** Whether a last word was said on what was begun, or on one above it; one that is refused as it comes ends nothing else. */
const isOver = ({ at, seq }: Begun, words: readonly Word[], then: number) =>
  words.some((word) => isLast(word) && !isOfWrong(word) && word.update! >= seq && word.at >= at && word.at < then);

const isOfWrong = ({ version = "" }: Word) => version.startsWith(versionOf(""));

/** When the device looks at a message: as it comes, or when it is connected and no image is on trial. */
function looksOf(
  evidence: Evidence,
  updates: UpdatesSeen,
): (message: Heard, next: Heard | undefined) => number | undefined {
  const { log, boots, trial } = evidence;
  const phases = linesOf(log, "phase");
  const online = phases.filter(({ fields }) => fields.phase === "online").map(({ at }) => at);
  const confirmed = updates.confirmed.map(({ at }) => at);
  const moments = [...online.filter((at) => !isTrialAt(evidence, at)), ...confirmed].sort((a, b) => a - b);
  const unkept = new Set(linesOf(log, "not-recorded").map(({ at }) => at));
  return ({ at, life, ackedAt }, next) => {
    // Its life ended as it came.
    if (ackedAt === undefined) return undefined;
    // In the moment in which it is connected it may have come before, or behind.
    const isOnline = phases.findLast((line) => line.at < at)?.fields.phase === "online";
    const looks = isOnline && !isTrialAt(evidence, at) ? at : moments.find((moment) => moment >= at);
    const end = boots[life] ?? trial.hours * HOUR;
    if (looks === undefined || looks + SOON >= end || unkept.has(looks)) return undefined;
    return !(isOnline && looks === at) && next !== undefined && next.at <= looks ? undefined : looks;
  };
}
