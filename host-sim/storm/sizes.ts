// What was measured of what a firmware keeps.

/**
 * Length of each container by the path to it: field names joined by dots, `[]` for the elements of a container. Of several
 * with one path, the longest. A buffer's path ends in ` bytes`.
 */
export type Sizes = Readonly<Record<string, number>>;
