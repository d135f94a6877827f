// The 1NCE device that publishes by HTTPS, where no command reaches it.

import { runOneNce } from "./one-nce.js";

runOneNce({ transport: "https" }, 0);
