// What a command takes from outside, so that tests can give it something else.

/** A terminal that stdout leads to. */
export interface Screen {
  columns: () => number;
  colour: boolean;
  /** Lines can be typed at it too. */
  typed?: {
    input: NodeJS.ReadableStream;
    output: NodeJS.WritableStream;
    /** Ctrl-C was pressed: in raw mode the terminal sends no signal. */
    interrupt: () => void;
  };
}

export interface Surroundings {
  stdin: NodeJS.ReadableStream;
  stdout: (text: string) => void;
  /** Where bytes go that are no text; left out: as Latin-1 text to `stdout`. */
  stdoutBytes?: (bytes: Uint8Array) => void;
  stderr: (text: string) => void;
  /** Absent: stdout is no terminal. */
  screen?: Screen;
  env: Readonly<Record<string, string | undefined>>;
  /**
   * Settles when the user wants the command to end (SIGINT, SIGTERM). Whoever has asked for it ends in order; a command that
   * has not is ended at once.
   */
  readonly interrupted: Promise<void>;
}
