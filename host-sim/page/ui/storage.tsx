// The outbox's flash: its blocks as they fill, are written and erased.

import { useComputed } from "@preact/signals";
import { look, session } from "./state.js";

export function Storage() {
  const blocks = useComputed(() => {
    look.value;
    return session.value?.flash.blocks() ?? [];
  });
  const most = Math.max(0, ...blocks.value.map(({ wear }) => wear));
  return (
    <section class="panel storage" aria-labelledby="storage-title">
      <h2 id="storage-title">Storage</h2>
      <p class="about">
        {blocks.value.length} blocks of 4 KB, a ring; erased at most {most} time{most === 1 ? "" : "s"} of 100,000
      </p>
      <ol class="blocks">
        {blocks.value.map(({ filled, wear }, i) => (
          <li key={i} title={`block ${i}: ${Math.round(100 * filled)} % written, erased ${wear} times`}>
            <span class="hidden">
              block {i}: {Math.round(100 * filled)} % written, erased {wear} times
            </span>
            <i aria-hidden="true" style={{ height: `${Math.ceil(100 * filled)}%` }} />
            <b aria-hidden="true">{wear}</b>
          </li>
        ))}
      </ol>
    </section>
  );
}
