// Where something is that moves straight on: good to a metre over some hours of driving.

/** A place and a movement. */
export interface Position {
  /** Degrees, -90 to 90. */
  latitude: number;
  /** Degrees, -180 to 180. */
  longitude: number;
  /** Metres above the sea. */
  altitude: number;
  /** Kilometres an hour. */
  speedKmh: number;
  /** Degrees from north, clockwise. */
  course: number;
  /** When it was there, in milliseconds since 1970; left out: it stands still. */
  since?: number | undefined;
}

const METRES_PER_DEGREE = 111_320;
const KMH_TO_METRES_PER_MS = 1 / 3600;

/** The place at `now`, at unchanged speed and course. */
export function moved(from: Position, now: number): Position {
  const metres = from.since === undefined ? 0 : (now - from.since) * from.speedKmh * KMH_TO_METRES_PER_MS;
  const course = (from.course * Math.PI) / 180;
  const north = (metres * Math.cos(course)) / METRES_PER_DEGREE;
  const east = (metres * Math.sin(course)) / (METRES_PER_DEGREE * Math.cos((from.latitude * Math.PI) / 180));
  return { ...from, latitude: from.latitude + north, longitude: from.longitude + east };
}
