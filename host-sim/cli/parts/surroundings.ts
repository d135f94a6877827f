// What a command takes from outside, so that tests can give it something else.

export interface Surroundings {
  stdin: NodeJS.ReadableStream;
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  env: Readonly<Record<string, string | undefined>>;
  /**
   * Settles when the user wants the command to end (SIGINT, SIGTERM). Whoever has asked for it ends in order; a command that
   * has not is ended at once.
   */
  readonly interrupted: Promise<void>;
}
