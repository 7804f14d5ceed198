/** Times as people read them, in their own language and zone. */

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const number = new Intl.NumberFormat();

/** The time of today's, day and time of others. */
export function shortTime(instant: string, now = new Date()): string {
  const then = new Date(instant);
  const today = then.toDateString() === now.toDateString();
  return today ? clock.format(then) : `${day.format(then)}, ${clock.format(then)}`;
}

export const shortDay = (instant: string) => day.format(new Date(instant));
export const longTime = (instant: string) => whole.format(new Date(instant));
export const count = (value: number) => number.format(value);
