// Every fault of the one table, by button: now or at a time, for a while or until it is taken back.

import { type Signal, useSignal } from "@preact/signals";
import { type FaultKind, SEAMS } from "../../desk/fault.js";
import { KINDS } from "../../desk/kinds/index.js";
import { act, hello, live, look } from "./state.js";

/** What people look for first, in their words. */
const QUICK: readonly { name: string; fault: string; value?: number }[] = [
  { name: "SIM out", fault: "modem-sim-gone" },
  { name: "Power cut", fault: "chip-power-out", value: 10 },
  { name: "Restart", fault: "chip-restart" },
  { name: "Clock +5 h", fault: "clock-jump", value: 5 },
  { name: "No coverage", fault: "network-no-coverage" },
  { name: "Line dead", fault: "socket-stall" },
];

const FAULTS = Object.entries(KINDS);

export function Faults() {
  const search = useSignal("");
  const inS = useSignal(0);
  const forS = useSignal(0);
  if (live.value) return <LiveFaults />;
  const lasting = new Map(look.value?.faults.map(({ fault, value }) => [fault, value]));
  const press = (fault: string, kind: FaultKind, value: number | string | undefined) => {
    if (lasting.has(fault)) act({ do: "end", fault }, 1_000 * inS.value);
    else
      act(
        {
          do: "fault",
          fault,
          ...(value !== undefined && { value }),
          ...(forS.value > 0 && kind.end && { forMs: Math.round(1_000 * forS.value) }),
        },
        1_000 * inS.value,
      );
  };
  const wanted = search.value.trim().toLowerCase();
  const fits = ([name, { help }]: [string, FaultKind]) =>
    wanted === "" || `${name} ${help}`.toLowerCase().includes(wanted);
  return (
    <>
      <div class="quick">
        {QUICK.map(({ name, fault, value }) => (
          <button
            key={name}
            type="button"
            aria-pressed={lasting.has(fault)}
            title={KINDS[fault]!.help}
            onClick={() => press(fault, KINDS[fault]!, value)}
          >
            {name}
          </button>
        ))}
      </div>
      <div class="when">
        <Seconds id="fault-in" name="in seconds" value={inS} />
        <Seconds id="fault-for" name="for seconds (0: until taken back)" value={forS} />
      </div>
      <input
        type="search"
        placeholder={`Search ${FAULTS.length} faults`}
        aria-label="Search faults"
        value={search.value}
        onInput={(event) => {
          search.value = event.currentTarget.value;
        }}
      />
      <div class="faults">
        {SEAMS.map((seam) => {
          const some = FAULTS.filter((fault) => fault[1].seam === seam && fits(fault));
          if (some.length === 0) return null;
          const on = some.filter(([name]) => lasting.has(name)).length;
          return (
            <details key={seam} open={wanted !== "" || on > 0 || seam === "network"}>
              <summary>
                {seam}{" "}
                <small>
                  {on > 0 ? `${on} on, ` : ""}
                  {some.length}
                </small>
              </summary>
              <ul>
                {some.map(([name, kind]) => (
                  <FaultRow
                    key={name}
                    name={name}
                    kind={kind}
                    isOn={lasting.has(name)}
                    press={(value) => press(name, kind, value)}
                  />
                ))}
              </ul>
            </details>
          );
        })}
      </div>
    </>
  );
}

function Seconds({ id, name, value }: { id: string; name: string; value: Signal<number> }) {
  return (
    <label>
      <span>{name}</span>
      <input
        id={id}
        type="number"
        min="0"
        value={value.value}
        onChange={(event) => {
          value.value = Math.max(0, Number(event.currentTarget.value) || 0);
        }}
      />
    </label>
  );
}

interface RowProps {
  name: string;
  kind: FaultKind;
  isOn: boolean;
  press: (value: number | string | undefined) => void;
}

function FaultRow({ name, kind, isOn, press }: RowProps) {
  const value = useSignal("");
  const given = () => {
    const text = value.value.trim();
    if (text === "") return undefined;
    return Number.isNaN(Number(text)) ? text : Number(text);
  };
  return (
    <li class={isOn ? "on" : ""}>
      <button type="button" data-fault={name} aria-pressed={isOn} onClick={() => press(given())}>
        {name}
      </button>
      {kind.value && (
        <input
          aria-label={`Value of ${name}; empty: drawn`}
          placeholder="drawn"
          value={value.value}
          onInput={(event) => {
            value.value = event.currentTarget.value;
          }}
        />
      )}
      <span>{kind.help}</span>
    </li>
  );
}

/** Those of a run that goes on elsewhere: they are its modem's and its cloud's own. */
function LiveFaults() {
  const faults = hello.value?.faults ?? [];
  if (faults.length === 0) return <p class="empty">This run takes no faults: its modem is a real one.</p>;
  return (
    <ul class="faults plain">
      {faults.map(({ name, help }) => (
        <li key={name}>
          <button type="button" data-fault={name} onClick={() => act({ do: "fault", fault: name })}>
            {name}
          </button>
          <button
            type="button"
            class="quiet"
            aria-label={`Take ${name} back`}
            onClick={() => act({ do: "end", fault: name })}
          >
            ✕
          </button>
          <span>{help}</span>
        </li>
      ))}
    </ul>
  );
}
