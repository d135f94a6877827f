// Breakages of what comes down: commands, configurations, subscriptions.

import type { Mutant } from "./mutant.js";
import { CONFIGURATOR, DEVICE, MQTT_UPLINK, RECORDER, RESTARTS, STATE, SYSTEM } from "./sources.js";

export const OF_DOWNLINK: readonly Mutant[] = [
  {
    name: "now and then a command is dropped, and not counted",
    noticedBy: "commands-answered",
    breaks: {
      [RECORDER]: `
        let count = 0;
        around(Recorder, "command", (next, self, topic, payload) => (++count % 5 === 0 ? undefined : next(topic, payload)));`,
    },
  },
  {
    name: "a command is answered twice",
    noticedBy: "answered-once",
    breaks: {
      [RECORDER]: `around(Recorder, "tell", (next, self, answer) => {
        next(answer);
        return next(answer);
      });`,
    },
  },
  {
    name: "an answer bears the id of the command before",
    noticedBy: "answered-once",
    breaks: {
      [RECORDER]: `around(Recorder, "tell", (next, self, answer) => {
        const id = self.id ?? answer.id;
        self.id = answer.id;
        return next({ ...answer, id });
      });`,
    },
  },
  {
    name: "a command that is wrong is said to be done",
    noticedBy: "answered-once",
    breaks: {
      [RECORDER]: `around(Recorder, "tell", (next, self, answer) =>
        next(answer.error === "bad-argument" ? { id: answer.id, ok: true, seconds: 1 } : answer));`,
    },
  },
  {
    name: "a command that the broker kept is obeyed",
    noticedBy: "retained-ignored",
    breaks: { [DEVICE]: `around(Device, "onMessage", (next, self, topic, payload) => next(topic, payload, false));` },
  },
  {
    name: "an interval is answered and not set",
    noticedBy: "interval-kept",
    breaks: { [RECORDER]: `around(Recorder, "setInterval", () => {});` },
  },
  {
    name: "a new interval begins with the record after the next",
    noticedBy: "interval-kept",
    breaks: {
      [RECORDER]: `around(Recorder, "setInterval", (next, self, seconds) => {
        self._intervalMs = seconds * 1_000;
      });`,
    },
  },
  {
    name: "a configuration is reported and not put into effect",
    noticedBy: "interval-kept",
    breaks: {
      [CONFIGURATOR]: `around(Configurator, "apply", (next, self, settings) => {
        self._settings = settings;
      });`,
    },
  },
  {
    name: "a restart does not wait for its answer",
    noticedBy: "restart-answered",
    breaks: { [RESTARTS]: `around(Restarts, "after", (next, self) => self._device.restart("command"));` },
  },
  {
    name: "a restart is answered and does not come",
    noticedBy: "restart-answered",
    breaks: { [RESTARTS]: `around(Restarts, "after", () => {});` },
  },
  {
    name: "subscriptions are taken to outlive their session",
    noticedBy: "subscription-stands",
    breaks: {
      [STATE]: `around(SessionState, "reset", (next, self) => {
        const granted = [...self.granted];
        next();
        for (const [filter, qos] of granted) self.granted.set(filter, qos);
      });`,
    },
  },
  {
    name: "a refused subscription is taken for granted",
    noticedBy: "refusal-heeded",
    seed: 12,
    breaks: { [MQTT_UPLINK]: `around(MqttUplink, "subscribed", (next) => next(true));` },
  },
  {
    name: "a restart that the broker kept is obeyed without an answer",
    noticedBy: "retained-ignored",
    breaks: {
      [DEVICE]: `around(Device, "onMessage", (next, self, topic, payload, retained) => {
        if (retained && String.fromCharCode(...payload).includes('"restart"')) self.restarts.after(-1);
        else next(topic, payload, retained);
      });`,
    },
  },
  {
    name: "every command is too many",
    noticedBy: "answered-once",
    breaks: {
      [RECORDER]: `around(Recorder, "admit", (next, self, now) => (self.tellRefusal(now) ? "at most 0" : undefined));`,
    },
  },
  {
    name: "now and then a command is refused without need, and counted",
    noticedBy: "commands-answered",
    breaks: {
      [RECORDER]: `
        let count = 0;
        around(Recorder, "admit", (next, self, now) => (++count % 5 === 0 ? undefined : next(now)));`,
    },
  },
  {
    name: "no command is too many",
    noticedBy: "commands-bounded",
    breaks: {
      [RECORDER]: `around(Recorder, "admit", (next, self, now) => {
        self._commandsFull = 0;
        return next(now);
      });`,
    },
  },
  {
    name: "no restart is too soon",
    noticedBy: "restarts-rare",
    seed: 5,
    breaks: { [SYSTEM]: `around(System, "mayRestart", () => true);` },
  },
];
