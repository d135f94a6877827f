// The lanes: entries as they come, in a list of which only the rows in sight exist.

import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Entry, LANES, type Lane } from "../../desk/entry.js";
import { clock } from "./format.js";
import { followed, shownTime, store, version, wantedLane } from "./state.js";
import { type Choice, lineOf, View } from "./store.js";

/** Height of a row in pixels, as style.css has it. */
const ROW = 24;
/** Rows beyond those in sight, on both sides. */
const SPARE = 8;

/** Lanes that are chosen together. */
const GROUPS: readonly { name: string; lanes: readonly Lane[] }[] = [
  { name: "All", lanes: LANES.filter((lane) => lane !== "uart" && lane !== "phase") },
  { name: "Log", lanes: ["log"] },
  { name: "AT", lanes: ["at"] },
  { name: "MQTT", lanes: ["mqtt"] },
  { name: "HTTP", lanes: ["http"] },
  { name: "Cloud", lanes: ["cloud"] },
  { name: "Board", lanes: ["board", "fault"] },
  { name: "Flash", lanes: ["flash"] },
  { name: "Net", lanes: ["net"] },
  { name: "UART", lanes: ["uart"] },
];
const groupOf = (lane: Lane) => GROUPS.findIndex(({ lanes }, i) => i > 0 && lanes.includes(lane));

export function Lanes() {
  const group = useSignal(0);
  const search = useSignal("");
  const topic = useSignal("");
  const follow = useSignal(true);
  const chosen = useSignal<number | undefined>(undefined);
  const top = useSignal(0);
  const height = useSignal(400);
  const count = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const choice = useComputed<Choice>(() => ({
    lanes: new Set(GROUPS[group.value]!.lanes),
    search: search.value.trim().toLowerCase(),
    topic: GROUPS[group.value]!.name === "MQTT" ? topic.value.trim() : "",
    seq: followed.value,
  }));
  const view = useRef<View>(undefined);
  view.current ??= new View(store, choice.value);

  useSignalEffect(() => {
    view.current!.choose(choice.value);
    count.value = view.current!.length;
  });
  useSignalEffect(() => {
    version.value;
    count.value = view.current!.update();
  });
  useSignalEffect(() => {
    const lane = wantedLane.value;
    if (lane !== undefined) group.value = Math.max(0, groupOf(lane));
  });
  // To the end, or to the time that was chosen in the timeline.
  useSignalEffect(() => {
    const box = list.current;
    if (box === null) return;
    const t = shownTime.value;
    const length = count.value;
    if (t !== undefined) {
      follow.value = false;
      box.scrollTop = view.current!.rowAt(t) * ROW;
    } else if (follow.value) {
      // Once the list has its new height.
      requestAnimationFrame(() => {
        box.scrollTop = length * ROW;
      });
    }
  });
  useEffect(() => {
    const box = list.current!;
    const observer = new ResizeObserver(() => {
      height.value = box.clientHeight;
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, []);

  version.value;
  const first = Math.max(0, Math.floor(top.value / ROW) - SPARE);
  const last = Math.min(count.value, Math.ceil((top.value + height.value) / ROW) + SPARE);
  const rows: { index: number; number: number; entry: Entry }[] = [];
  for (let index = first; index < last; index++) {
    const row = view.current.row(index);
    if (row) rows.push({ index, ...row });
  }
  const open = chosen.value === undefined ? undefined : store.at(chosen.value);
  return (
    <section class="panel lanes" aria-labelledby="lanes-title">
      <div class="lanes-head">
        <h2 id="lanes-title">Lanes</h2>
        <div class="tabs" role="group" aria-label="Which lane">
          {GROUPS.map(({ name }, i) => (
            <button
              key={name}
              type="button"
              data-lane={name}
              aria-pressed={i === group.value}
              onClick={() => {
                group.value = i;
                shownTime.value = undefined;
              }}
            >
              {name}
            </button>
          ))}
        </div>
        <div class="find">
          <input
            id="search"
            type="search"
            placeholder="Search"
            aria-label="Search in the lanes"
            value={search.value}
            onInput={(event) => {
              search.value = event.currentTarget.value;
            }}
          />
          {GROUPS[group.value]!.name === "MQTT" && (
            <input
              id="topic"
              type="text"
              placeholder="+/telemetry/#"
              aria-label="MQTT topic filter"
              value={topic.value}
              onInput={(event) => {
                topic.value = event.currentTarget.value;
              }}
            />
          )}
          <label class="check">
            <input
              type="checkbox"
              checked={follow.value}
              onChange={(event) => {
                follow.value = event.currentTarget.checked;
                shownTime.value = undefined;
              }}
            />
            Follow
          </label>
        </div>
      </div>
      {followed.value !== undefined && (
        <p class="following">
          Record <strong>#{followed.value}</strong> across all lanes
          <button
            type="button"
            onClick={() => {
              followed.value = undefined;
            }}
          >
            Show all again
          </button>
        </p>
      )}
      <div
        ref={list}
        class="rows"
        tabIndex={0}
        role="region"
        aria-label="Entries"
        onScroll={(event) => {
          const box = event.currentTarget;
          top.value = box.scrollTop;
        }}
        onWheel={(event) => {
          // Who turns back wants to read.
          if (event.deltaY < 0) follow.value = false;
        }}
      >
        <div class="all" style={{ height: `${count.value * ROW}px` }}>
          {rows.map(({ index, number, entry }) => (
            <button
              type="button"
              key={number}
              class={rowClass(entry, number === chosen.value)}
              style={{ top: `${index * ROW}px` }}
              onClick={() => {
                chosen.value = number === chosen.value ? undefined : number;
              }}
            >
              <span class="t">{clock(entry.t)}</span>
              <span class={`lane ${entry.lane}`}>{entry.lane}</span>
              <span class="way">{entry.way === "up" ? "↑" : entry.way === "down" ? "↓" : ""}</span>
              <span class="name">{entry.lane === "at" ? "" : entry.name}</span>
              <span class="line">{lineOf(entry)}</span>
            </button>
          ))}
        </div>
      </div>
      <p class="count" id="count">
        {count.value.toLocaleString("en")} entries
      </p>
      {open && (
        <Details
          entry={open}
          close={() => {
            chosen.value = undefined;
          }}
        />
      )}
    </section>
  );
}

const rowClass = ({ level }: Entry, isChosen: boolean) =>
  `row${level === "warn" || level === "error" ? ` ${level}` : ""}${isChosen ? " chosen" : ""}`;

/** One entry, whole. */
function Details({ entry, close }: { entry: Entry; close: () => void }) {
  const { t, lane, name, text, ...fields } = entry;
  return (
    <aside class="details" aria-label="The chosen entry">
      <header>
        <h3>
          {lane} · {name}
        </h3>
        <time>{clock(t)}</time>
        {entry.seq !== undefined && (
          <button
            type="button"
            id="follow-record"
            onClick={() => {
              followed.value = entry.seq;
            }}
          >
            Follow record #{entry.seq}
          </button>
        )}
        <button type="button" class="quiet" aria-label="Close" onClick={close}>
          ✕
        </button>
      </header>
      <dl>
        {Object.entries(fields)
          .filter(([, value]) => value !== undefined)
          .map(([field, value]) => (
            <div key={field}>
              <dt>{field}</dt>
              <dd>{String(value)}</dd>
            </div>
          ))}
      </dl>
      {text !== undefined && <pre>{pretty(text)}</pre>}
    </aside>
  );
}

/** JSON with its members on lines of their own; anything else as it is. */
function pretty(text: string): string {
  if (!text.startsWith("{") && !text.startsWith("[")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
