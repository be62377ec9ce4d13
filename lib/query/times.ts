/**
 * Points in time as texts of one width, which sort by code points: `YYYY-MM-DDTHH:MM:SS.ffffff` in UTC. Durations in
 * seconds.
 */
import { type Exact, toNumber } from './compare.ts';

const offsetPattern = /(Z|[+-]\d\d:\d\d)$/;

/**
 * @param text ISO 8601, with an offset or, in the time zone, without. Other texts (BC, five-digit years) stay as they
 * are
 */
export function instantOf(text: string, timeZone: string): string {
  // The form of most records, with seconds or microseconds.
  if (text.endsWith('+00:00') && (text.length === 25 || text.length === 32))
    return text.length === 25 ? `${text.slice(0, 19)}.000000` : text.slice(0, 26);
  return instantsOf(text, timeZone)[0] ?? text;
}

/**
 * A local time is two points in time when clocks are set back (the earlier one first), and none when they are set
 * forward.
 */
export function instantsOf(text: string, timeZone: string): string[] {
  const [, second, fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?/.exec(text) ?? [];
  if (second === undefined) return [];
  const offset = offsetPattern.exec(text)?.[0];
  const micros = fraction.padEnd(6, '0');
  if (offset === 'Z' || offset === '+00:00') return [`${second}.${micros}`];
  const found =
    offset === undefined ? utcOf(Date.parse(`${second}Z`), timeZone) : [Date.parse(`${second}${offset}`)];
  return found.map((ms) => `${isoSecond(ms)}.${micros}`);
}

/** The local time of a point in time in the zone. */
export function localOf(instant: string, timeZone: string): string {
  const ms = Date.parse(`${instant.slice(0, 19)}Z`);
  return Number.isNaN(ms) ? instant : isoSecond(ms + offsetMs(ms, timeZone)) + instant.slice(19);
}

const isoSecond = (ms: number) =>
  new Date(ms)
    .toISOString()
    .replace(/^\+0*(\d{4})/, '$1')
    .slice(0, 19);

/** The points in time that have this local time in the zone. */
function utcOf(wallMs: number, timeZone: string): number[] {
  const around = [-1, 1].map((days) => wallMs - offsetMs(wallMs + days * 86_400_000, timeZone));
  return [...new Set(around)].sort((a, b) => a - b).filter((ms) => ms + offsetMs(ms, timeZone) === wallMs);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function offsetMs(ms: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, hourCycle: 'h23', era: 'short' },
      ...{
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      },
    });
  formats.set(timeZone, format);
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return wall - Math.floor(ms / 1000) * 1000;
}

/** Seconds, from a record's value: a number of seconds, or a text for `parse_duration`. */
export const durationOf = (text: string): number | Exact =>
  /^-?[\d.]+(e[+-]?\d+)?$/i.test(text) ? toNumber(text) : (parseDuration(text) ?? Number.NaN);

const fraction = String.raw`(?:[.,](?<fraction>\d{1,6})\d{0,6})?`;
const clocks = [
  // `90`, `1 02:03:04.5`, `1 day, 02:03`
  String.raw`(?:(?<days>-?\d{1,9}) (?:days?, )?)?(?<sign>-?)(?:(?:(?<hours>\d{1,9}):)?(?<minutes>\d{1,9}):)?(?<seconds>\d{1,15})${fraction}`,
  // PostgreSQL's: `3 days`, `3 days -04:05:06`
  String.raw`(?:(?<days>-?\d{1,9}) days? ?)?(?:(?<sign>[+-]?)(?<hours>\d{1,9}):(?<minutes>\d\d):(?<seconds>\d\d)${fraction})?`,
].map((pattern) => new RegExp(`^${pattern}$`));

/** Seconds, of what Django's `parse_duration` takes: a clock's time with or without days, or ISO 8601. */
export function parseDuration(given: string): number | Exact | undefined {
  const text = given.replace(/\n$/, ''); // Python's `$` is before it, too
  for (const pattern of clocks) {
    const clock = pattern.exec(text)?.groups;
    if (clock === undefined) continue;
    const { days = '0', sign = '', hours = '0', minutes = '0', seconds = '0', fraction = '' } = clock;
    const whole = BigInt(hours) * 3_600n + BigInt(minutes) * 60n + BigInt(seconds);
    const micros = whole * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
    return secondsOf(BigInt(days) * dayMicros + (sign === '-' ? -micros : micros));
  }
  const iso =
    /^(?<sign>[+-]?)P(?:(?<days>\d+([.,]\d+)?)D)?(?:T(?:(?<hours>\d+([.,]\d+)?)H)?(?:(?<minutes>\d+([.,]\d+)?)M)?(?:(?<seconds>\d+([.,]\d+)?)S)?)?$/.exec(
      text,
    )?.groups;
  if (iso === undefined) return undefined;
  const part = (name: string, unit: bigint) => microsOf((iso[name] ?? '0').replace(',', '.'), unit);
  const micros =
    part('days', dayMicros) +
    part('hours', 3_600_000_000n) +
    part('minutes', 60_000_000n) +
    part('seconds', 1_000_000n);
  return secondsOf(iso['sign'] === '-' ? -micros : micros);
}

const dayMicros = 86_400_000_000n;

function microsOf(decimal: string, unit: bigint): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return (BigInt(whole + fraction) * unit) / 10n ** BigInt(fraction.length);
}

function secondsOf(micros: bigint): number | Exact {
  return toNumber(`${micros}e-6`);
}
