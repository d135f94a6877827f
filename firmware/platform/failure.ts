// The one shape of every typed failure in firmware/. Each layer derives its own small class with its own codes;
// device/ decides by `advice` and by nothing else.

/**
 * What to do about a failure:
 * - `retry`: the same again at once is likely to work (a lost answer, a busy SIM)
 * - `back-off`: try again later, with exponential back-off and jitter
 * - `new-credentials`: the token was refused or is too old; onboard or sign again, then connect
 * - `reset-modem`: the modem or its PDP context is in a state that only the recovery ladder ends
 * - `give-up`: no repetition helps; a person must change something (configuration, SIM, certificate)
 */
export type Advice = "retry" | "back-off" | "new-credentials" | "reset-modem" | "give-up";

/** A failure with a stable code, a sentence for people, and advice. `message` never holds a secret. */
export class Failure extends Error {
  /** Stable, lower-case, with dashes: the layer, then what went wrong, e.g. `at-timeout`, `http-status`. */
  readonly code: string;
  readonly advice: Advice;
  /** The code: on the chip classes have no names. A field, as Error.prototype is in flash and can't be assigned over. */
  override readonly name: string;
  /** How long the other side asks to be left alone, in milliseconds; left out: it does not say. Bounded by whoever sets it. */
  declare retryAfterMs?: number | undefined;

  /**
   * @param code stable identifier of the kind of failure
   * @param message one line for people that says what happened and, where it helps, what to do
   * @param advice what the device should do
   * @param cause the failure underneath, if any
   */
  constructor(code: string, message: string, advice: Advice, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.name = code;
    this.advice = advice;
  }
}

/** The failure itself if it is one, else one that wraps it with the code `unexpected` and the advice `back-off`. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Failure("unexpected", message, "back-off", error);
}

/** Failures of a chain that are told at the most: more layers do not lie over each other. */
export const MAX_CHAIN = 6;
/** Longest story. */
export const STORY_CHARACTERS = 300;

/**
 * A failure and those underneath it, outermost first: 1 to MAX_CHAIN. An error among them that is no Failure is passed over, as
 * its message may hold anything.
 */
export function chainOf(error: unknown): Failure[] {
  const chain = [asFailure(error)];
  let under = chain[0]!.cause;
  for (let depth = 1; depth < MAX_CHAIN && under instanceof Error; depth++) {
    if (under instanceof Failure) chain.push(under);
    under = under.cause;
  }
  return chain;
}

/** Code of the innermost failure of a chain; undefined where there is only one. */
export function rootOf(error: unknown): string | undefined {
  const chain = chainOf(error);
  return chain.length > 1 ? chain.at(-1)!.code : undefined;
}

/**
 * What happened and why, in one line for people: the messages of the chain, each behind the one that it is the cause of; what was
 * said already is not said again. At most STORY_CHARACTERS, and no secret.
 */
export function storyOf(error: unknown): string {
  let story = "";
  for (const { message } of chainOf(error)) {
    if (!story.includes(message)) story = story === "" ? message : `${story}: ${message}`;
  }
  return story.length > STORY_CHARACTERS ? `${story.slice(0, STORY_CHARACTERS - 1)}…` : story;
}
