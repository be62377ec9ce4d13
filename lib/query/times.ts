/** Points in time as texts of one width, so that their order is that of their code points: `YYYY-MM-DDTHH:MM:SS.ffffff` in UTC. */

const offsetPattern = /(Z|[+-]\d\d:\d\d)$/;
export const hasZone = (text: string) =>
  /T.*(Z|[+-]\d\d:?\d\d)$|\d\s*(Z|[+-]\d\d(:?\d\d)?)$/.test(text) && /:/.test(text);

/** @param text ISO, with an offset or, in the time zone, without. What is no ISO (BC, years of five digits) stays as it is */
export function instantOf(text: string, timeZone: string): string {
  const [, second, fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?/.exec(text) ?? [];
  if (second === undefined) return text;
  const offset = offsetPattern.exec(text)?.[0];
  const micros = fraction.padEnd(6, '0');
  if (offset === 'Z' || offset === '+00:00') return `${second}.${micros}`;
  const wallMs = Date.parse(`${second}Z`);
  const ms = offset === undefined ? utcOf(wallMs, timeZone) : Date.parse(`${second}${offset}`);
  return `${isoSecond(ms)}.${micros}`;
}

/** The same point in time as a clock in the zone shows it. */
export function localOf(instant: string, timeZone: string): string {
  const ms = Date.parse(`${instant.slice(0, 19)}Z`);
  return Number.isNaN(ms) ? instant : isoSecond(ms + offsetMs(ms, timeZone)) + instant.slice(19);
}

const isoSecond = (ms: number) =>
  new Date(ms)
    .toISOString()
    .replace(/^\+0*(\d{4})/, '$1')
    .slice(0, 19);

/** A wall clock's time as a point in time; of two, the earlier one (Python's `fold=0`). */
function utcOf(wallMs: number, timeZone: string): number {
  const first = wallMs - offsetMs(wallMs - offsetMs(wallMs, timeZone), timeZone);
  const earlier = wallMs - offsetMs(wallMs - 24 * 3_600_000, timeZone);
  return earlier + offsetMs(earlier, timeZone) === wallMs ? earlier : first;
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

/**
 * Seconds, of what Django's `parse_duration` takes (`1 02:03:04.5`, ISO 8601) and of what records hold (a number).
 * @returns undefined for anything else
 */
export function durationOf(text: string): number | undefined {
  const plain = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.exec(text);
  if (plain !== null) return Number(text);
  const clock =
    /^(?:(?<days>-?\d+) (?:days?, )?)?(?<sign>-?)(?:(?:(?<hours>\d+):)?(?<minutes>\d+):)?(?<seconds>\d+)(?:[.,](?<fraction>\d{1,6})\d{0,6})?$/.exec(
      text,
    )?.groups;
  if (clock !== undefined) {
    const { days = 0, sign, hours = 0, minutes = 0, seconds = 0, fraction = '' } = clock;
    const micros =
      (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1e6 +
      Number(fraction.padEnd(6, '0'));
    return (Number(days) * 86_400e6 + (sign === '-' ? -micros : micros)) / 1e6;
  }
  const iso =
    /^(?<sign>[+-]?)P(?:(?<days>\d+([.,]\d+)?)D)?(?:T(?:(?<hours>\d+([.,]\d+)?)H)?(?:(?<minutes>\d+([.,]\d+)?)M)?(?:(?<seconds>\d+([.,]\d+)?)S)?)?$/.exec(
      text,
    )?.groups;
  if (iso === undefined) return undefined;
  const part = (name: string) => Number((iso[name] ?? '0').replace(',', '.'));
  const seconds = part('days') * 86_400 + part('hours') * 3_600 + part('minutes') * 60 + part('seconds');
  return iso['sign'] === '-' ? -seconds : seconds;
}
