// A real modem at this computer: its AT line to type on, and the doctor.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Finding, walkToNetwork } from "./web-doctor.js";
import { ports, WebUart } from "./web-serial.js";

const SPEEDS = [115_200, 921_600, 460_800, 230_400, 57_600, 9_600];
/** Characters of the console that are kept. */
const TEXT_MOST = 20_000;

export function Serial() {
  const uart = useSignal<WebUart | undefined>(undefined);
  const baud = useSignal(115_200);
  const text = useSignal("");
  const trouble = useSignal("");
  const walking = useSignal(false);
  const findings = useSignal<Finding[]>([]);
  const console = useRef<HTMLPreElement>(null);
  useEffect(() => () => uart.value?.close(), []);

  const say = (more: string) => {
    text.value = (text.value + more).slice(-TEXT_MOST);
    requestAnimationFrame(() => console.current?.scrollTo(0, console.current.scrollHeight));
  };
  const heard = (direction: "up" | "down", bytes: Uint8Array) => {
    if (direction === "down" || !walking.value) say(new TextDecoder("latin1").decode(bytes));
  };
  const connect = async () => {
    trouble.value = "";
    try {
      const it = await WebUart.open(await ports().requestPort(), baud.value, heard);
      it.onClosed = (reason) => {
        trouble.value = `the line is gone: ${reason.message}`;
        uart.value = undefined;
      };
      uart.value = it;
    } catch (error) {
      trouble.value = (error as Error).message;
    }
  };
  const send = (event: Event) => {
    event.preventDefault();
    const input = (event.currentTarget as HTMLFormElement).elements.namedItem("at") as HTMLInputElement;
    uart.value?.write(new TextEncoder().encode(`${input.value}\r`));
    input.value = "";
  };
  const walk = async () => {
    walking.value = true;
    findings.value = [];
    const it = uart.value!;
    const { onClosed } = it;
    await walkToNetwork(it, baud.value, (finding) => {
      findings.value = [...findings.value, finding];
    });
    it.onData = undefined;
    it.onClosed = onClosed;
    walking.value = false;
  };

  if (uart.value === undefined) {
    return (
      <>
        <label>
          <span>Speed of the line</span>
          <select
            id="baud"
            value={baud.value}
            onChange={(event) => {
              baud.value = Number(event.currentTarget.value);
            }}
          >
            {SPEEDS.map((speed) => (
              <option key={speed}>{speed}</option>
            ))}
          </select>
        </label>
        <button type="button" id="connect" class="primary" onClick={() => void connect()}>
          Choose a port …
        </button>
        {trouble.value && <p role="alert">{trouble.value}</p>}
      </>
    );
  }
  return (
    <>
      <div class="pins">
        <button type="button" id="walk" class="primary" disabled={walking.value} onClick={() => void walk()}>
          {walking.value ? "The doctor walks …" : "Doctor"}
        </button>
        <button
          type="button"
          id="disconnect"
          onClick={() => {
            uart.value?.close();
            uart.value = undefined;
          }}
        >
          Let go
        </button>
      </div>
      <ol class="checks" aria-live="polite">
        {findings.value.map(({ check, ok, text: says }) => (
          <li key={check} class={ok ? "" : "bad"} data-check={check}>
            <strong>{check}</strong> {says}
          </li>
        ))}
      </ol>
      <pre ref={console} class="console" role="log" tabIndex={0} aria-label="What the modem says">
        {text.value}
      </pre>
      <form class="at" onSubmit={send}>
        <input
          name="at"
          id="at"
          placeholder="AT+CSQ"
          aria-label="AT command"
          autocomplete="off"
          disabled={walking.value}
        />
        <button type="submit" disabled={walking.value}>
          Send
        </button>
      </form>
    </>
  );
}
