// The device's settings: those of its table and of the page's app. What is changed counts from a new start on.

import { useSignal } from "@preact/signals";
import { tableOf } from "../../../firmware/compose.js";
import type { Setting } from "../../../firmware/settings/kinds.js";
import * as app from "../world/app.js";
import { PAGE_SETTINGS } from "../world/plan.js";
import { change, deskPlan, version } from "./state.js";

const TABLE = Object.entries<Setting>(tableOf(app)).filter(([, { secret }]) => !secret);

export function Settings() {
  version.value;
  const plan = deskPlan();
  const changed = useSignal<Record<string, unknown>>({});
  if (plan === undefined) return <p class="empty">What the device of a storm is like, its seed has drawn.</p>;
  const now: Record<string, unknown> = { ...PAGE_SETTINGS, ...plan.settings, ...changed.value };
  const apply = (event: Event) => {
    event.preventDefault();
    void change({ ...plan, settings: { ...plan.settings, ...changed.value }, actions: [], scenario: undefined });
    changed.value = {};
  };
  return (
    <form class="settings" onSubmit={apply}>
      {TABLE.map(([name, setting]) => (
        <label key={name} title={setting.help}>
          <span>{name}</span>
          <Value
            setting={setting}
            value={now[name] ?? ("default" in setting ? setting.default : undefined)}
            set={(value) => {
              changed.value = { ...changed.value, [name]: value };
            }}
          />
          <small>{setting.help}</small>
        </label>
      ))}
      <button type="submit" class="primary" id="apply" disabled={Object.keys(changed.value).length === 0}>
        Start anew with these
      </button>
    </form>
  );
}

function Value({ setting, value, set }: { setting: Setting; value: unknown; set: (value: unknown) => void }) {
  if (setting.kind === "choice") {
    return (
      <select
        value={String(value ?? "")}
        onChange={(event) => set(event.currentTarget.value === "" ? undefined : event.currentTarget.value)}
      >
        {value === undefined && <option value="">left out</option>}
        {setting.words.map((word) => (
          <option key={word}>{word}</option>
        ))}
      </select>
    );
  }
  if (setting.kind === "number" || setting.kind === "decimal") {
    const [least, most] = setting.range;
    return (
      <input
        type="number"
        min={least}
        max={most}
        step={setting.kind === "number" ? 1 : "any"}
        value={value === undefined ? "" : String(value)}
        onChange={(event) => set(event.currentTarget.value === "" ? undefined : Number(event.currentTarget.value))}
      />
    );
  }
  if (setting.kind === "bands") {
    return (
      <input
        value={Array.isArray(value) ? value.join(" ") : ""}
        onChange={(event) => {
          const text = event.currentTarget.value.trim();
          set(text === "" ? undefined : text.split(/\s+/).map(Number));
        }}
      />
    );
  }
  return <input value={String(value ?? "")} onChange={(event) => set(event.currentTarget.value)} />;
}
