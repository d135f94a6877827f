// The page's parts and their places.

import { useEffect, useRef } from "preact/hooks";
import { Bar } from "./bar.jsx";
import { Glance } from "./glance.jsx";
import { Help } from "./help.jsx";
import { onKey } from "./keys.js";
import { Lanes } from "./lanes.jsx";
import { live, trouble, walk, walked } from "./state.js";
import { Storage } from "./storage.jsx";
import { Timeline } from "./timeline.jsx";
import { Top } from "./top.jsx";
import { Touch } from "./touch.jsx";
import { Tour } from "./tour.jsx";

export function App() {
  const help = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event, () => help.current?.showModal());
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, []);
  walked.value;
  return (
    <>
      <a class="skip" href="#lanes-title">
        Go to the lanes
      </a>
      <Top openHelp={() => help.current?.showModal()} />
      {!live.value && <Bar />}
      {trouble.value && (
        <p class="trouble" role="alert">
          {trouble.value}
        </p>
      )}
      <main>
        <div class="see">
          {walk.value && <Tour />}
          <Glance />
        </div>
        <Lanes />
        <Timeline />
        {!live.value && <Storage />}
        <Touch />
      </main>
      <Help dialog={help} />
    </>
  );
}
