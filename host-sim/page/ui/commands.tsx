// Commands from the cloud, offered from the tables of the device and its app, and their answers beside them.

import { useComputed, useSignal } from "@preact/signals";
import type { AppArg } from "../../../firmware/platform/app.js";
import { commandsOf } from "../world/commands.js";
import { clock } from "./format.js";
import { act, hello, live, look, session } from "./state.js";

/** Commands that were sent, the latest first. */
interface Sent {
  id: string;
  text: string;
}
const SENT_MOST = 12;

export function Commands() {
  const table = session.value?.commands ?? hello.value?.commands ?? commandsOf(undefined);
  const name = useSignal("ping");
  const args = useSignal<Record<string, string>>({});
  const sent = useSignal<Sent[]>([]);
  const answers = useComputed(() => new Map(look.value?.answers.map((answer) => [answer.id, answer])));
  const command = table.find((each) => each.name === name.value) ?? table[0]!;
  const send = (event: Event) => {
    event.preventDefault();
    const id = `p${1 + Number(sent.value[0]?.id.slice(1) ?? 0)}`;
    const given = Object.entries(command.args).flatMap(([arg, kind]) => {
      const text = args.value[arg] ?? initial(kind);
      return kind.optional && text === "" ? [] : [[arg, givenTo(kind, text)] as const];
    });
    const json = { id, cmd: command.name, ...Object.fromEntries(given) };
    act({ do: "command", json });
    sent.value = [{ id, text: JSON.stringify(json) }, ...sent.value].slice(0, SENT_MOST);
  };
  if (live.value && !hello.value?.deeds.includes("command"))
    return <p class="empty">This run’s cloud is not the simulated one: its commands come from there.</p>;
  return (
    <>
      <form class="command" onSubmit={send}>
        <label>
          <span>Command</span>
          <select
            id="command"
            value={command.name}
            onChange={(event) => {
              name.value = event.currentTarget.value;
              args.value = {};
            }}
          >
            {table.map((each) => (
              <option key={each.name}>{each.name}</option>
            ))}
          </select>
        </label>
        {Object.entries(command.args).map(([arg, kind]) => (
          <label key={arg}>
            <span>{arg}</span>
            <Arg
              kind={kind}
              value={args.value[arg] ?? initial(kind)}
              set={(text) => {
                args.value = { ...args.value, [arg]: text };
              }}
            />
          </label>
        ))}
        <button type="submit" id="send" class="primary">
          Send
        </button>
      </form>
      <p class="hint">{command.help}</p>
      <ol class="answers">
        {sent.value.map(({ id, text }) => {
          const answer = answers.value.get(id);
          return (
            <li key={id} data-answer={answer ? (answer.ok ? "ok" : "no") : "none"}>
              <code>{text}</code>
              <code class="answer">{answer ? answer.text : "no answer yet"}</code>
              {answer && <time>{clock(answer.t)}</time>}
            </li>
          );
        })}
      </ol>
    </>
  );
}

function Arg({ kind, value, set }: { kind: AppArg; value: string; set: (text: string) => void }) {
  if ("boolean" in kind || "choices" in kind) {
    const choices = "choices" in kind ? kind.choices : ["true", "false"];
    return (
      <select value={value} onChange={(event) => set(event.currentTarget.value)}>
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  }
  const input = (event: { currentTarget: HTMLInputElement }) => set(event.currentTarget.value);
  if (!("range" in kind)) return <input type="text" value={value} onInput={input} />;
  const [least, most] = kind.range;
  return <input type="number" min={least} max={most} step={kind.fractions ? "any" : 1} value={value} onInput={input} />;
}

const initial = (kind: AppArg): string =>
  "boolean" in kind
    ? "true"
    : "choices" in kind
      ? kind.choices[0]!
      : "range" in kind
        ? String(Math.max(kind.range[0], 30))
        : "";

const givenTo = (kind: AppArg, text: string): unknown =>
  "boolean" in kind ? text === "true" : "range" in kind ? Number(text) : text;
