/** How long to wait before the next try: longer each time, and at random. */

const LONGEST_SECONDS = 16;

/**
 * Seconds to wait after so many failures in a row (0: the first one). Half of it is random, so that
 * not everyone comes back at the same moment.
 */
export function backoffSeconds(failures: number, random: () => number = Math.random): number {
  const most = Math.min(LONGEST_SECONDS, 0.5 * 2 ** Math.min(failures, 10));
  return most / 2 + (random() * most) / 2;
}
