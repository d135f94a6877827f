// How a fault that a run may order by name is described: to the command line's help, and to whoever switches it on.

/** One named fault, as `--fault NAME` or `--fault NAME=VALUE` takes it. */
export interface FaultInfo {
  /** Lower-case, with dashes. */
  name: string;
  /** What stands behind `=`, in capitals as help texts show it, e.g. `SECONDS`; left out: the fault takes no value. */
  value?: string;
  /** One sentence: what goes wrong. */
  help: string;
}
