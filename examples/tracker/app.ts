// Where something is: the device itself tells the place in each record; this tells how far from home that is, and an alarm
// when it leaves home or is back.

import { type AppFix, defineApp, Refusal } from "simkey-firmware";

const METRES_PER_DEGREE = 111_320;

/** Metres between two places that are not far apart. */
function metresBetween(lat: number, lon: number, { latitude, longitude }: AppFix): number {
  const east = (longitude - lon) * Math.cos((lat * Math.PI) / 180);
  return Math.round(METRES_PER_DEGREE * Math.hypot(latitude - lat, east));
}

export const { settings, commands, start } = defineApp({
  settings: {
    homeLat: { default: 52.520008, range: [-90, 90], fractions: true, unit: "°", help: "where its home is" },
    homeLon: { default: 13.404954, range: [-180, 180], fractions: true, unit: "°", help: "where its home is" },
    radius: { default: 300, range: [50, 100_000], unit: "m", help: "farther from home than this it is away" },
  },
  start: ({ position, settings, publish }) => {
    let isAway = false;
    const sample = () => {
      const fix = position?.last();
      if (fix === undefined) return undefined;
      const metres = metresBetween(settings.homeLat, settings.homeLon, fix);
      const wasAway = isAway;
      isAway = metres > settings.radius;
      if (isAway !== wasAway) publish(isAway ? "away" : "home", { metres, ageS: fix.ageS }, { now: true });
      return { metres, away: isAway };
    };
    return { sample };
  },
  commands: {
    find: {
      help: "looks where it is, as soon as may be",
      run: (_, { position }) => {
        if (position === undefined) throw new Refusal("no-position", "positionS is 0");
        position.wish();
      },
    },
  },
});
