// How a benchmark tells its figures: a table for people, or with --json one object a line. A goal that is not met is told; with
// --goals, and where a benchmark holds them always, the exit code is 1 then.

/** One figure. A row with a goal says whether it is met. */
export interface Row {
  metric: string;
  value: number;
  unit: string;
  /** What is measured beside ours; left out: ours. */
  peer?: string;
  goal?: { atLeast: number } | { atMost: number };
}

/** A benchmark's rows, printed as they come. */
export class BenchReport {
  readonly #bench: string;
  readonly #json: boolean;
  #missed = 0;

  readonly #holds: boolean;

  /**
   * @param bench name in the JSON lines
   * @param args the command's arguments
   * @param holds false: its goals are ahead of it, and are held with --goals alone
   */
  constructor(bench: string, args: readonly string[] = process.argv.slice(2), holds = true) {
    this.#bench = bench;
    this.#json = args.includes("--json");
    this.#holds = holds || args.includes("--goals");
  }

  /** A heading; people only. */
  title(text: string): void {
    if (!this.#json) console.log(`\n${text}`);
  }

  /** Any line for people only. */
  note(text: string): void {
    if (!this.#json) console.log(text);
  }

  row(row: Row): void {
    const met = row.goal === undefined ? undefined : isMet(row.value, row.goal);
    if (met === false) this.#missed++;
    if (this.#json) {
      const goal = row.goal && Object.values(row.goal)[0];
      const { metric, value, unit, peer } = row;
      console.log(
        JSON.stringify({ bench: this.#bench, metric, value, unit, peer, ...(met !== undefined && { goal, met }) }),
      );
      return;
    }
    const figure = Number.isInteger(row.value) ? String(row.value) : row.value.toPrecision(4);
    const verdict = met === undefined ? "" : `${met ? "met" : "MISSED"}  (goal: ${words(row.goal!)})`;
    console.log(
      `  ${`${row.metric}${row.peer ? `, ${row.peer}` : ""}`.padEnd(64)} ${figure.padStart(9)} ${row.unit.padEnd(12)} ${verdict}`,
    );
  }

  /** Ends the run: the exit code tells whether all goals that are held are met. */
  end(): void {
    if (this.#missed === 0) return;
    if (this.#holds) process.exitCode = 1;
    this.note(`\n${this.#missed} goal(s) missed`);
  }
}

const isMet = (value: number, goal: NonNullable<Row["goal"]>) =>
  "atLeast" in goal ? value >= goal.atLeast : value <= goal.atMost;

const words = (goal: NonNullable<Row["goal"]>) =>
  "atLeast" in goal ? `at least ${goal.atLeast}` : `at most ${goal.atMost}`;
