// jest's Node environment, in which no test of a file runs behind one that failed.

import { TestEnvironment } from "jest-environment-node";

export default class FirstFailureEnvironment extends TestEnvironment {
  #failed = false;

  handleTestEvent({ name, test }) {
    if (name === "test_done" && test.errors.length > 0) this.#failed = true;
    if (name === "test_start" && this.#failed) test.mode = "skip";
  }
}
