// A real modem at this computer's USB port, by WebSerial: loaded when somebody wants it.

import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";

export function SerialPanel() {
  const Panel = useSignal<ComponentType | undefined>(undefined);
  if (Panel.value) return <Panel.value />;
  return (
    <>
      <p>
        A SIM7080G at a USB port of this computer: an AT console, and a doctor that walks from its power to the network.
        Nothing is installed, and nothing leaves this computer but by that modem.
      </p>
      {"serial" in navigator ? (
        <button
          type="button"
          id="serial-open"
          class="primary"
          onClick={() => {
            void import("./serial.jsx").then((module) => {
              Panel.value = module.Serial;
            });
          }}
        >
          Go on
        </button>
      ) : (
        <p class="empty">
          This browser has no WebSerial: Chromium, Chrome and Edge do, on a page by HTTPS or from 127.0.0.1.
        </p>
      )}
      <p class="hint">
        TLS is not to be had in a page, so the doctor ends with the network: `simkey doctor` goes on to the cloud.
      </p>
    </>
  );
}
