// What can be touched: faults, the cell, the board, commands, settings.

import { useSignal } from "@preact/signals";
import { Commands } from "./commands.jsx";
import { Faults } from "./faults.jsx";
import { Cell, Parts } from "./knobs.jsx";
import { SerialPanel } from "./serial-panel.jsx";
import { Settings } from "./settings.jsx";
import { hello, live } from "./state.js";

const TABS = {
  Faults,
  Board: () => (
    <>
      {(!live.value || hello.value?.deeds.includes("signal")) && <Cell />}
      <Parts />
    </>
  ),
  Commands,
  Settings,
  USB: SerialPanel,
} as const;
type Tab = keyof typeof TABS;

export function Touch() {
  const tab = useSignal<Tab>("Faults");
  const names = (Object.keys(TABS) as Tab[]).filter((name) => live.value === undefined || LIVE.has(name));
  const Panel = TABS[tab.value];
  return (
    <section class="panel touch" aria-labelledby="touch-title">
      <h2 id="touch-title">Touch</h2>
      <div class="tabs" role="group" aria-label="What to touch">
        {names.map((name) => (
          <button
            key={name}
            type="button"
            data-tab={name}
            aria-pressed={tab.value === name}
            onClick={() => {
              tab.value = name;
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <div class="tab">
        <Panel />
      </div>
    </section>
  );
}

/** What makes sense with a run that goes on elsewhere. */
const LIVE: ReadonlySet<Tab> = new Set<Tab>(["Faults", "Board", "Commands"]);
