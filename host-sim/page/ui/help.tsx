// What the page is, and its keys.

import type { RefObject } from "preact";
import { KEYS } from "./keys.js";

export function Help({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  return (
    <dialog ref={dialog} aria-labelledby="help-title">
      <h2 id="help-title">A whole device in this tab</h2>
      <p>
        The firmware that runs on the chip, a simulated SIM7080G with its network, and a simulated cloud run here in
        virtual time. Nothing is sent to anybody. The same seed and the same actions give the same bytes on any machine:
        the digest says so, and the address has all of it.
      </p>
      <p>
        Begin with a tour, or press Play. Faults, the cell, the board and commands are under “Touch”; what the device
        says is in the lanes. Choose a record to follow it from its flash to its acknowledgement.
      </p>
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">
        <a href="licenses.txt">Licences</a> of what this page is made of
      </p>
      <form method="dialog">
        <button type="submit" class="primary">
          Close
        </button>
      </form>
    </dialog>
  );
}
