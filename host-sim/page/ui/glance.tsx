// At a glance: what the agent does, how far up the ladder it is, and the gauges.

import type { Phase } from "../../../firmware/device/agent.js";
import { RUNGS } from "../../../firmware/device/ladder.js";
import { CURRENT_MA, type Look } from "../world/look.js";
import { bytes, span } from "./format.js";
import { live, look } from "./state.js";

/** Where each phase stands, in the middle of its box. */
const PLACES: Readonly<Record<Phase, readonly [x: number, y: number]>> = {
  off: [56, 34],
  linking: [178, 34],
  clock: [300, 34],
  credentials: [422, 34],
  connecting: [544, 34],
  online: [666, 34],
  stopped: [56, 108],
  climbing: [178, 108],
  "backing-off": [300, 108],
  halted: [422, 108],
  draining: [544, 108],
  asleep: [300, 182],
  resting: [422, 182],
  settling: [544, 182],
  locating: [178, 256],
  yielding: [300, 256],
  updating: [422, 256],
  "giving-way": [544, 256],
};
const WIDTH = 98;
const HEIGHT = 34;

/** Ways from phase to phase, as paths. */
const WAYS: readonly (readonly [from: string, to: string, path: string])[] = [
  ["off", "linking", "M105 34H124"],
  ["linking", "clock", "M227 34H246"],
  ["clock", "credentials", "M349 34H368"],
  ["credentials", "connecting", "M471 34H490"],
  ["connecting", "online", "M593 34H612"],
  ["online", "draining", "M690 52V108H598"],
  ["draining", "credentials", "M520 90V66H440V56"],
  ["online", "settling", "M702 52V182H598"],
  ["online", "giving-way", "M711 52V256H598"],
  ["giving-way", "updating", "M495 256H476"],
  ["yielding", "locating", "M251 256H232"],
  ["settling", "resting", "M495 182H476"],
  ["resting", "asleep", "M373 182H354"],
  ["asleep", "linking", "M251 182H112V66H160V56"],
  ["backing-off", "climbing", "M251 108H232"],
  ["climbing", "linking", "M178 90V56"],
  ["halted", "climbing", "M422 126V146H178V130"],
  ["connecting", "backing-off", "M530 52V74H316V86"],
  ["online", "backing-off", "M644 52V74H316V86"],
];

export function Glance() {
  const it = look.value;
  return (
    <section class="panel glance" aria-labelledby="glance-title">
      <h2 id="glance-title">At a glance</h2>
      <div class="agent">
        <Phases phase={it?.agent.phase ?? "off"} />
        <Ladder look={it} />
      </div>
      <Gauges look={it} />
    </section>
  );
}

function Phases({ phase }: { phase: string }) {
  return (
    <figure class="phases">
      <svg viewBox="0 0 722 280" role="img" aria-label={`The agent's phases; the present one is ${phase}`}>
        <defs>
          <marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0L8 4L0 8z" />
          </marker>
        </defs>
        {WAYS.map(([from, to, path]) => (
          <path key={`${from} ${to}`} class={from === phase ? "way from" : "way"} d={path} marker-end="url(#tip)" />
        ))}
        {Object.entries(PLACES).map(([name, [x, y]]) => (
          <g key={name} class={name === phase ? "phase lit" : "phase"} data-phase={name}>
            <rect x={x - WIDTH / 2} y={y - HEIGHT / 2} width={WIDTH} height={HEIGHT} rx="6" />
            <text x={x} y={y + 4.5}>
              {name}
            </text>
          </g>
        ))}
      </svg>
      <p class="phase-name" aria-hidden="true">
        {phase}
      </p>
    </figure>
  );
}

function Ladder({ look: it }: { look: Look | undefined }) {
  const { failures = 0, rung, until } = it?.agent ?? {};
  const left = until === undefined || it === undefined ? undefined : until - it.now;
  return (
    <div class="ladder">
      <h3>Recovery ladder</h3>
      <ol>
        {RUNGS.map((name) => (
          <li key={name} class={name === rung ? "lit" : ""} aria-current={name === rung ? "step" : undefined}>
            {name}
          </li>
        ))}
      </ol>
      <p>
        {failures === 0 ? "no failure" : `${failures} failure${failures === 1 ? "" : "s"} in a row`}
        {left !== undefined && left > 0 ? `; goes on in ${span(left)}` : ""}
      </p>
    </div>
  );
}

/** 0 to 4 bars of a signal, as telephones show it: steps of RSSI in dBm. */
const barsOf = (dbm: number) => [-105, -95, -85, -75].filter((step) => dbm >= step).length;

function Gauges({ look: it }: { look: Look | undefined }) {
  if (it === undefined) return <p class="empty">No world runs.</p>;
  const { modem, outbox, counters, charge } = it;
  const isLive = live.value !== undefined;
  const life = it.tokenEndsAt === undefined ? undefined : it.tokenEndsAt - it.now;
  return (
    <dl class={isLive ? "gauges four" : "gauges"}>
      <Gauge
        name="Network"
        value={modem.registered ? modem.rat : modem.power === "running" ? "searching" : `modem ${modem.power}`}
        more={`${modem.registered && it.plmn ? `${it.plmn}, ` : ""}${modem.rssi} dBm`}
      >
        <span class="bars" aria-hidden="true">
          {[1, 2, 3, 4].map((bar) => (
            <i key={bar} class={modem.registered && bar <= barsOf(modem.rssi) ? "on" : ""} />
          ))}
        </span>
      </Gauge>
      <Gauge
        name="Identity"
        value={modem.simReady ? `…${it.clientId.slice(-7)}` : "no SIM"}
        more={life === undefined ? "no token yet" : life > 0 ? `token ends in ${span(life)}` : "the token is over"}
        share={life === undefined ? 0 : life / 86_400_000}
        title={`client id ${it.clientId}`}
      />
      <Gauge
        name="Outbox"
        value={outbox ? `${outbox.waiting} waiting` : "no power"}
        more={`${counters?.acked ?? 0} of ${counters?.recorded ?? 0} acknowledged${outbox?.dropped ? `, ${outbox.dropped} dropped` : ""}`}
        share={(outbox?.waiting ?? 0) / 200}
        warn={(outbox?.waiting ?? 0) > 20}
      />
      {!isLive && (
        <>
          <Gauge
            name="Volume"
            value={bytes(it.airBytes)}
            more={it.monthBytes === undefined ? "a month: after 10 min" : `${bytes(it.monthBytes)} in 30 days`}
          />
          <Gauge
            name="Charge"
            value={`${charge.mAh < 10 ? charge.mAh.toFixed(2) : charge.mAh.toFixed(0)} mAh`}
            more={`estimated; awake ${span(1_000 * charge.onS)}`}
            title={`an estimate from ${CURRENT_MA.busy} mA busy, ${CURRENT_MA.attached} mA attached, ${CURRENT_MA.chip} mA of the chip`}
          />
        </>
      )}
      <Gauge
        name="Starts"
        value={String(it.boots)}
        more={`${counters?.reconnects ?? 0} reconnect${counters?.reconnects === 1 ? "" : "s"} in this one`}
        warn={it.boots > 1}
      />
    </dl>
  );
}

interface GaugeProps {
  name: string;
  value: string;
  more: string;
  share?: number;
  warn?: boolean;
  title?: string;
  children?: preact.ComponentChildren;
}

function Gauge({ name, value, more, share, warn, title, children }: GaugeProps) {
  return (
    <div class={warn ? "gauge warn" : "gauge"} title={title}>
      <dt>{name}</dt>
      <dd class="value">
        {children}
        {value}
      </dd>
      {share !== undefined && (
        <dd class="meter" aria-hidden="true">
          <i style={{ width: `${Math.round(100 * Math.min(1, Math.max(0, share)))}%` }} />
        </dd>
      )}
      <dd class="more">{more}</dd>
    </div>
  );
}
