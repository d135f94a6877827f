// The keyboard: what a key does when nobody types.

import { nextStep, playing, SPEEDS, speed, step } from "./state.js";

/** For the help: keys and what they do. */
export const KEYS: readonly [key: string, what: string][] = [
  ["Space", "let time pass, or stand still"],
  [".", "go on until something is told"],
  ["+ −", "faster, slower"],
  ["n", "the tour's next step"],
  ["/", "search in the lanes"],
  ["?", "this help"],
];

/** @param help shows the help */
export function onKey(event: KeyboardEvent, help: () => void): void {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  const isTyped =
    target instanceof HTMLElement && target.matches("input, select, textarea, button, summary, [role=tab]");
  if (ctrlKey || metaKey || altKey || (isTyped && !(key === "?" && target.matches("button")))) return;
  const faster = (by: number) => {
    const at = SPEEDS.indexOf(speed.value) + by;
    speed.value = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at))]!;
  };
  const does: Record<string, () => void> = {
    " ": () => {
      playing.value = !playing.value;
    },
    ".": () => void step(),
    "+": () => faster(1),
    "-": () => faster(-1),
    n: nextStep,
    "/": () => document.getElementById("search")?.focus(),
    "?": help,
  };
  if (!Object.hasOwn(does, key)) return;
  event.preventDefault();
  does[key]!();
}
