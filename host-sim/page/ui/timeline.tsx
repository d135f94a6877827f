// Phases, faults, connections and records over time. The drawing (chart.ts) is loaded behind the first look at the page.

import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Chart } from "./chart.js";
import { look, shownTime, track } from "./state.js";

export function Timeline() {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart>(undefined);
  useEffect(() => {
    let isGone = false;
    void import("./chart.js").then(({ Chart }) => {
      if (isGone || box.current === null) return;
      chart.current = new Chart(box.current, track, (t) => {
        shownTime.value = t;
      });
    });
    return () => {
      isGone = true;
      chart.current?.close();
    };
  }, []);
  useSignalEffect(() => {
    look.value;
    chart.current?.draw();
  });
  return (
    <section class="panel timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">Timeline</h2>
      <p class="about">Drag to look closer, twice to see all; a click goes to that moment’s entries</p>
      <div class="chart" ref={box} role="img" aria-label="Phases, faults, connections and waiting records over time" />
      <ul class="legend" aria-hidden="true">
        <li class="k-online">online</li>
        <li class="k-way">on its way</li>
        <li class="k-rest">at rest</li>
        <li class="k-fail">backing off, climbing</li>
        <li class="k-fault">fault</li>
        <li class="k-wait">waiting records</li>
      </ul>
    </section>
  );
}
