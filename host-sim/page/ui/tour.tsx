// The guided tour: one sentence a step.

import { nextStep, playing, walk, walked } from "./state.js";

export function Tour() {
  walked.value;
  const it = walk.value!;
  const { scenario, at } = it;
  const { steps } = scenario;
  const says = it.isOver
    ? "That is the end of this tour. The world goes on: start anew, or choose another."
    : it.step?.say;
  return (
    <section class="panel tour" aria-labelledby="tour-title">
      <h2 id="tour-title">{scenario.title}</h2>
      <p class="about">{scenario.about}</p>
      <p class="say" aria-live="polite" data-step={at}>
        {says}
      </p>
      <div class="on">
        <ol class="dots" aria-label={`Step ${Math.min(at + 1, steps.length)} of ${steps.length}`}>
          {steps.map(({ say }, i) => (
            <li key={say} class={i < at || it.isOver ? "done" : i === at ? "now" : ""} />
          ))}
        </ol>
        {!it.isOver && (
          <button type="button" id="next" class="primary" disabled={!it.isReached} onClick={nextStep}>
            {it.isReached ? (at + 1 === steps.length ? "Finish" : "Next") : playing.value ? "Under way …" : "Paused"}
          </button>
        )}
      </div>
    </section>
  );
}
