// A token bucket as one number: when it will be full again, monotonic milliseconds. No clock inside; 0 is a full bucket.

export interface Bucket {
  /** Tokens in a full bucket, 1 or more. */
  burst: number;
  /** A token comes back each so many milliseconds. */
  everyMs: number;
}

/** Milliseconds until there is a token; 0: there is one now. */
export function untilToken(full: number, now: number, { burst, everyMs }: Bucket): number {
  return Math.max(0, full - (burst - 1) * everyMs - now);
}

/** Takes a token that is there. @returns when the bucket will be full again */
export function takeToken(full: number, now: number, { everyMs }: Bucket): number {
  return Math.max(full, now) + everyMs;
}
