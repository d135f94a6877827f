// The head of the page: what runs, what to run, and how to hand it on.

import { useSignal } from "@preact/signals";
import { asTest } from "../world/as-test.js";
import { stormCommand } from "../world/plan.js";
import { SCENARIOS } from "../world/scenarios.js";
import { change, deskPlan, digest, hello, live, open, replay, session, share, shared, version } from "./state.js";
import { toggleTheme } from "./theme.js";

export function Top({ openHelp }: { openHelp: () => void }) {
  return (
    <header class="top">
      <h1>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M6 2h9l4 4v15a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1z" />
          <path class="chip" d="M8.500 11h7v7h-7zM12 11v7M8.500 14.500h7" />
        </svg>
        Simkey
      </h1>
      {live.value ? <p class="what">{hello.value?.title ?? "attaching …"}</p> : <Choose />}
      {!live.value && <Badge />}
      <div class="end">
        {!live.value && <Hand />}
        <button type="button" class="quiet" onClick={toggleTheme} aria-label="Light or dark" title="Light or dark">
          ◐
        </button>
        <button type="button" class="quiet" onClick={openHelp} aria-label="Help and keys" title="Help and keys">
          ?
        </button>
      </div>
    </header>
  );
}

/** Which world: a device by its seed, a tour, a storm. */
function Choose() {
  const plan = session.value?.plan ?? shared.value.plan;
  const kind = plan.kind === "storm" ? "storm" : (plan.scenario ?? "free");
  const choose = (value: string) => {
    if (value === "storm") void change({ kind: "storm", seed: plan.seed, hours: 2, actions: [] });
    else if (value === "free") void change({ kind: "desk", seed: plan.seed, settings: {}, actions: [] });
    else {
      const scenario = SCENARIOS.find(({ name }) => name === value)!;
      const { name, seed, settings = {} } = scenario;
      void change({ kind: "desk", seed, settings, actions: [], scenario: name });
    }
  };
  const reseed = (text: string) => {
    const seed = Number(text);
    if (Number.isSafeInteger(seed) && seed >= 0) void change({ ...plan, seed, actions: [] });
  };
  return (
    <div class="choose">
      <label>
        <span>World</span>
        <select id="world" value={kind} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="free">A device, freely</option>
          <optgroup label="Guided tours">
            {SCENARIOS.map(({ name, title }) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </optgroup>
          <option value="storm">A storm of faults</option>
        </select>
      </label>
      <label class="narrow">
        <span>Seed</span>
        <input
          id="seed"
          type="number"
          min="0"
          step="1"
          value={plan.seed}
          onChange={(event) => reseed(event.currentTarget.value)}
        />
      </label>
      {plan.kind === "storm" && (
        <label class="narrow">
          <span>Hours</span>
          <input
            id="hours"
            type="number"
            min="1"
            max="240"
            value={plan.hours}
            onChange={(event) => void change({ ...plan, hours: Number(event.currentTarget.value) || 2, actions: [] })}
          />
        </label>
      )}
    </div>
  );
}

/** The digest, and whether it is the one that was told. */
function Badge() {
  version.value;
  const plan = session.value?.plan;
  const state = replay.value;
  const says = {
    running: "replaying …",
    same: "same digest",
    differs: "another digest",
    none: plan?.kind === "storm" ? (session.value?.isOver ? "at the end" : "so far") : "digest",
  }[state];
  const title =
    plan?.kind === "storm"
      ? `what "${stormCommand(plan)}" has in the end${plan.actions.length > 0 ? ", without what was done by hand" : ""}`
      : "of every event and byte so far: the same plan gives the same one on any machine";
  return (
    <p class={`badge ${state}`} title={title} aria-live={state === "none" ? "off" : "polite"}>
      <span class="says">
        {state === "same" ? "✓ " : state === "differs" ? "✗ " : ""}
        {says}
      </span>
      <code id="digest">{digest.value}</code>
    </p>
  );
}

/** Hands on what was done. */
function Hand() {
  const said = useSignal("");
  const tell = (text: string) => {
    said.value = text;
    setTimeout(() => {
      said.value = "";
    }, 2_500);
  };
  const copy = async () => {
    const address = await share();
    history.replaceState(null, "", address);
    try {
      await navigator.clipboard.writeText(address);
      tell("Address copied");
    } catch {
      tell("It stands in the address bar");
    }
  };
  const save = () => {
    const plan = deskPlan();
    if (plan === undefined) return;
    const file = new Blob([asTest(plan, Math.ceil(session.value?.elapsed ?? 0))], { type: "text/plain" });
    const link = Object.assign(document.createElement("a"), {
      href: URL.createObjectURL(file),
      download: "app.test.ts",
    });
    link.click();
    URL.revokeObjectURL(link.href);
    tell("app.test.ts saved");
  };
  return (
    <>
      <span class="said" role="status">
        {said.value}
      </span>
      <button type="button" id="again" onClick={() => void open({ plan: { ...shared.value.plan, actions: [] } })}>
        Start anew
      </button>
      <button type="button" id="save-test" onClick={save} disabled={session.value?.plan.kind !== "desk"}>
        Save as test
      </button>
      <button type="button" id="share" class="primary" onClick={() => void copy()}>
        Share
      </button>
    </>
  );
}
