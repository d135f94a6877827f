// How an update of an emulated device goes, as its console, its cloud and the server of its images tell it.

const LAST_WORDS = ["confirmed", "rolled-back", "refused"];

export class UpdateWatch {
  #scene;
  #isSent = false;
  #isCut = false;
  #windows = [];
  #requests = [];
  #last;

  /** @param scene of SCENES */
  constructor(scene) {
    this.#scene = scene;
  }

  /** Whether the manifest is to be sent now: once. */
  takeTurn() {
    const isFirst = !this.#isSent;
    this.#isSent = true;
    return isFirst;
  }

  /** Whether a start that nobody asked for is what the scene is about. */
  get expectsFall() {
    return this.#isSent && this.#scene.end === "rolled-back";
  }

  /** Whether the power is to go as soon as there are so many sectors: `cutSectors`; undefined: not, or not any more. */
  get cutsAt() {
    return this.#isCut || this.#windows.length === 0 ? undefined : this.#scene.cutSectors;
  }

  /** The power is gone. */
  cut() {
    this.#isCut = true;
  }

  /** An entry of the log. */
  entry({ event, from }) {
    if (event === "update-window") this.#windows.push({ from, isAfterCut: this.#isCut });
  }

  /** A request that the server of images has had. */
  request({ from, status }) {
    this.#requests.push({ from, status, isAfterCut: this.#isCut });
  }

  /** A report that the cloud has had, an object. @returns whether it is the last word */
  report({ state, reason }) {
    this.#last = { state, reason };
    return LAST_WORDS.includes(state);
  }

  /**
   * What is wrong, as a sentence; undefined: nothing.
   * @param running number of the release that runs, as the device itself says
   */
  fault(running) {
    const { end, cutSectors } = this.#scene;
    const { state = "nothing", reason = "" } = this.#last ?? {};
    if (state !== end) return `the update came to ${state} ${reason}`.trim();
    const wanted = end === "confirmed" ? 2 : 1;
    if (running !== wanted) return `release ${running} runs, and not ${wanted}`;
    if (cutSectors === undefined) return undefined;
    if (!this.#isCut) return "the power did not go while the file came";
    const goesOn = (one) => one.isAfterCut && one.from > 0;
    if (!this.#windows.some(goesOn)) return "after the power cut the file began anew";
    return this.#requests.some((one) => goesOn(one) && one.status === 206) ? undefined : "nobody asked for the rest";
  }
}
