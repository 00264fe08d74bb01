const WHOLE = new Intl.NumberFormat('en');
const UNITS = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

/** `1 day`, `3 minutes`, `0 seconds`: only the largest unit. */
export function duration(seconds) {
  const [size, unit] = UNITS.find(([least]) => seconds >= least) ?? UNITS.at(-1);
  return count(Math.floor(seconds / size), unit);
}

/** `1 chunk`, `2,000 chunks`. */
export function count(number, noun) {
  return `${WHOLE.format(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** `12,345`; a dash if unknown. */
export function whole(number) {
  return number === null ? '–' : WHOLE.format(number);
}

/** `6.4 ms`, `137 ms`, `2.4 s`. */
export function milliseconds(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** `$0.00`, `$1.20`; small amounts with two significant digits: `$0.000089`. */
export function dollars(usd) {
  if (usd === 0 || usd >= 0.01) return `$${usd.toFixed(2)}`;
  return `$${usd.toFixed(Math.min(9, 1 - Math.floor(Math.log10(usd))))}`;
}

/** `37.5%` of a share from 0 to 1; a dash if unknown. */
export function percent(share) {
  return share === null || Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)}%`;
}

/** `1.3 MB`; a dash if unknown. */
export function bytes(number) {
  if (number === null) return '–';
  if (number < 1000) return `${number} B`;
  const [size, unit] = number < 1e6 ? [1e3, 'kB'] : number < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${(number / size).toFixed(1)} ${unit}`;
}

/** A point in time in the user's locale. @param {string} iso */
export function moment(iso) {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'short' });
}
