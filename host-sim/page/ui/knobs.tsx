// Sliders: the cell around the device, and what the parts of its board are exposed to.

import { useSignal } from "@preact/signals";
import { Button, Led } from "../../board/pin-parts.js";
import { RAT_CHOICES, type RatChoice } from "../world/plan.js";
import { act, live, look, session } from "./state.js";

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
  return (
    <div class="slider">
      <label for={id}>{name}</label>
      <output for={id}>
        {value} {unit}
      </output>
      <input
        id={id}
        type="range"
        min={least}
        max={most}
        step={step}
        value={value}
        onChange={(event) => set(Number(event.currentTarget.value))}
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

export function Parts() {
  look.value;
  const board = session.value?.board;
  if (live.value) return null;
  if (board === undefined) return <p class="empty">The devices of a storm have no app, and no board to turn.</p>;
  const { led, button, ...others } = board.parts;
  return (
    <>
      <h3>Its board</h3>
      {(["sht3x", "battery"] as const).flatMap((part) => {
        const it = others[part];
        if (it === undefined) return [];
        return Object.entries(it.quantities).map(([name, { kind }]) => {
          const [least, most] = USUAL[name] ?? [kind.least, kind.most];
          return (
            <Slider
              key={`${part} ${name}`}
              id={`part-${part}-${name}`}
              name={part === "battery" ? "Battery" : name === "temperature" ? "Temperature" : "Humidity"}
              unit={kind.unit}
              least={least}
              most={most}
              step={name === "millivolts" ? 50 : 1}
              value={Math.round(it.get(name))}
              set={(value) => act({ do: "part", part, name, value })}
            />
          );
        });
      })}
      <div class="pins">
        {button instanceof Button && (
          <button
            type="button"
            id="press"
            onClick={() => {
              act({ do: "part", part: "button", name: "pressed", value: 1 });
              act({ do: "part", part: "button", name: "pressed", value: 0 }, 100);
            }}
          >
            Press the button
          </button>
        )}
        {led instanceof Led && (
          <p class={led.lit ? "led lit" : "led"}>
            <i aria-hidden="true" /> LED {led.lit ? "on" : "off"}
          </p>
        )}
      </div>
      <p class="hint">Above the setting “threshold” of 30 °C the app sends an alarm at once.</p>
    </>
  );
}
