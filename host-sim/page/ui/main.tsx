// The page: a device, its modem and its cloud in this tab. No server is asked for anything.

import { render } from "preact";
import { loadCommands } from "../world/late-commands.js";
import { App } from "./app.jsx";
import { attach } from "./attach.js";
import { openAddress, pump } from "./state.js";
import { readTheme } from "./theme.js";

readTheme();
const root = document.getElementById("app")!;
root.replaceChildren();
render(<App />, root);
if (!attach()) openAddress();
window.addEventListener("hashchange", openAddress);
void pump();
void loadCommands();
