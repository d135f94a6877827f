// Numbers as people read them.

const two = (value: number) => String(value).padStart(2, "0");

/** `0:12:34.567` of milliseconds. */
export function clock(ms: number): string {
  const whole = Math.floor(ms / 1_000);
  const fraction = String(Math.floor(ms % 1_000)).padStart(3, "0");
  return `${Math.floor(whole / 3_600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}.${fraction}`;
}

/** A time span in its two largest units. */
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1_000));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h ${Math.floor(s / 60) % 60} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor(s / 3_600) % 24} h`;
}

/** Bytes, in kilobytes or megabytes of 1000. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  if (count < 1_000_000) return `${(count / 1_000).toFixed(1)} kB`;
  return `${(count / 1_000_000).toFixed(1)} MB`;
}

/** `2026-01-01 00:00:12` of a wall clock in UTC. */
export const date = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace("T", " ");
