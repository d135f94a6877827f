// Sliders: the cell around the device, and what the parts of its board are exposed to.

import { useSignal } from "@preact/signals";
import { RAT_CHOICES, type RatChoice } from "../world/plan.js";
import { act, live, look } from "./state.js";

interface SliderProps {
  id: string;
  name: string;
  unit: string;
  least: number;
  most: number;
  step: number;
  value: number;
  set: (value: number) => void;
}

function Slider({ id, name, unit, least, most, step, value, set }: SliderProps) {
  // While it is held, the world's own value does not move it.
  const held = useSignal<number | undefined>(undefined);
  const shown = held.value ?? value;
  return (
    <div class="slider">
      <label for={id}>{name}</label>
      <output for={id}>
        {shown} {unit}
      </output>
      <input
        id={id}
        type="range"
        min={least}
        max={most}
        step={step}
        value={shown}
        onInput={(event) => {
          held.value = Number(event.currentTarget.value);
        }}
        onChange={(event) => {
          held.value = undefined;
          set(Number(event.currentTarget.value));
        }}
      />
    </div>
  );
}

export function Cell() {
  const rat = useSignal<RatChoice>("both");
  const rssi = look.value?.modem.rssi ?? -74;
  return (
    <>
      <h3>The cell</h3>
      <Slider
        id="signal"
        name="Signal"
        unit="dBm"
        least={-120}
        most={-50}
        step={1}
        value={rssi}
        set={(dbm) => act({ do: "signal", dbm })}
      />
      <fieldset class="segments wide">
        <legend class="hidden">Technologies of the cell</legend>
        {RAT_CHOICES.map((choice) => (
          <label key={choice}>
            <input
              type="radio"
              name="rat"
              checked={rat.value === choice}
              onChange={() => {
                rat.value = choice;
                act({ do: "rat", rat: choice });
              }}
            />
            <span>{choice}</span>
          </label>
        ))}
      </fieldset>
    </>
  );
}

/** What is most looked at of a part's range. */
const USUAL: Readonly<Record<string, readonly [least: number, most: number]>> = {
  temperature: [-20, 60],
  millivolts: [2_800, 4_300],
};

/** What a person calls it, where its own name says too little. */
const NAMES: Readonly<Record<string, string>> = {
  "sht3x temperature": "Temperature",
  "sht3x humidity": "Humidity",
  "battery millivolts": "Battery",
};

/** How long a button is held, in milliseconds. */
const HELD_MS = 100;

export function Parts() {
  const parts = look.value?.parts;
  if (parts === undefined) return <NoParts />;
  return (
    <>
      <h3>Its board</h3>
      {parts.flatMap(({ part, quantities }) =>
        quantities.map(({ name, unit, value, ...range }) => {
          const [least, most] = USUAL[name] ?? [range.least, range.most];
          return (
            <Slider
              key={`${part} ${name}`}
              id={`part-${part}-${name}`}
              name={NAMES[`${part} ${name}`] ?? `${part} ${name}`}
              unit={unit}
              least={least}
              most={most}
              step={most - least > WIDE ? 50 : 1}
              value={Math.round(value)}
              set={(to) => act({ do: "part", part, name, value: to })}
            />
          );
        }),
      )}
      <div class="pins">
        {parts.map(({ part, pressed, lit }) =>
          pressed !== undefined ? (
            <button
              key={part}
              type="button"
              id={part === "button" ? "press" : `press-${part}`}
              onClick={() => {
                act({ do: "part", part, name: "pressed", value: 1 });
                act({ do: "part", part, name: "pressed", value: 0 }, HELD_MS);
              }}
            >
              Press the {part}
            </button>
          ) : (
            lit !== undefined && (
              <p key={part} class={lit ? "led lit" : "led"}>
                <i aria-hidden="true" /> {part === "led" ? "LED" : part} {lit ? "on" : "off"}
              </p>
            )
          ),
        )}
      </div>
      {!live.value && <p class="hint">Above the setting “threshold” of 30 °C the app sends an alarm at once.</p>}
    </>
  );
}
/** A range so wide that one more or less is not to be told. */
const WIDE = 1_000;

const NoParts = () => (
  <p class="empty">
    {live.value
      ? "This run’s device has no app, and no board to turn: name one with --app, or run in a project."
      : "The devices of a storm have no app, and no board to turn."}
  </p>
);
