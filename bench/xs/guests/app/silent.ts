// An app that does nothing.

import type { AppRunning } from "../../../../firmware/platform/app.js";

const SILENT: AppRunning = { sample: () => undefined };

export const start = (): AppRunning => SILENT;
