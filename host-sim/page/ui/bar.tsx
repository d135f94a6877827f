// Time: let it pass, and how fast.

import { clock, date } from "./format.js";
import { isOver, look, playing, SPEEDS, session, speed, step, walk } from "./state.js";

const nameOf = (rate: number) => (Number.isFinite(rate) ? `${rate}×` : "max");

export function Bar() {
  const { elapsed = 0, now } = look.value ?? {};
  const over = isOver.value;
  const endMs = session.value?.endMs;
  return (
    <section class="bar" aria-label="Time">
      <button
        type="button"
        id="play"
        class="primary"
        disabled={over || session.value === undefined || walk.value?.isOver === true}
        onClick={() => {
          playing.value = !playing.value;
        }}
      >
        <span aria-hidden="true">{playing.value ? "❚❚" : "▶"}</span> {playing.value ? "Pause" : "Play"}
      </button>
      <button type="button" id="step" disabled={over} onClick={() => void step()} title="Until something is told">
        <span aria-hidden="true">▸❙</span> Step
      </button>
      <fieldset class="segments">
        <legend class="hidden">Speed</legend>
        {SPEEDS.map((rate) => (
          <label key={rate}>
            <input
              type="radio"
              name="speed"
              checked={speed.value === rate}
              onChange={() => {
                speed.value = rate;
              }}
            />
            <span>{nameOf(rate)}</span>
          </label>
        ))}
      </fieldset>
      <p class="clock">
        <strong id="elapsed">{clock(elapsed)}</strong>
        <span>{now === undefined ? "" : `${date(now)} UTC`}</span>
      </p>
      {endMs !== undefined && (
        <progress class="through" max={endMs} value={elapsed} aria-label="Through the storm">
          {Math.round((100 * elapsed) / endMs)} %
        </progress>
      )}
    </section>
  );
}
