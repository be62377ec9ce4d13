import { columnKind, type ValueForm } from './column.ts';

/** Every function here reads through `to_json`, which writes ISO 8601 with any DateStyle. */
const isoText = (value: string) => `to_json(${value}) #>> '{}'`;

/** Python's driver reads `infinity` and `-infinity` as its last and first day. */
const extremes: Record<string, { date: string; time: string }> = {
  infinity: { date: '9999-12-31', time: 'T23:59:59.999999' },
  '-infinity': { date: '0001-01-01', time: 'T00:00:00' },
};

/** Django: DateField. `YYYY-MM-DD`; dates beyond Python's range (BC, years above 9999) as PostgreSQL writes them. */
export const date = /* @__PURE__ */ columnKind({
  kind: 'date',
  types: ['date'],
  select: isoText,
  expected: { pattern: /^(-?infinity|\d{4,}-\d\d-\d\d( BC)?)$/, called: 'an ISO date' },
  form: (value) => extremes[value]?.date ?? value,
});

/** Django: TimeField. `HH:MM:SS`, with six digits of fraction unless it is zero. 24:00:00 becomes 00:00:00. */
export const time = /* @__PURE__ */ columnKind({
  kind: 'time',
  types: ['time without time zone'],
  expected: { pattern: /^\d\d:\d\d:\d\d(\.\d{1,6})?$/, called: 'a time' },
  form: (value) => sixDigits(value === '24:00:00' ? '00:00:00' : value),
});

const timestampPattern = /^(-?infinity|\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?( BC)?)( -?\d+)?$/;

/**
 * Django: DateTimeField with `USE_TZ = True`. UTC, `YYYY-MM-DDTHH:MM:SS[.ffffff]+00:00`; with `json: 'drf'` in the table's
 * `timeZone`, with its offset or `Z`. BC and years beyond 9999 as PostgreSQL writes them, without an offset.
 */
export const timestamptz = /* @__PURE__ */ columnKind({
  kind: 'timestamptz',
  types: ['timestamp with time zone'],
  select: (quoted, { json, timeZone }) =>
    json === 'drf' && timeZone !== 'UTC'
      ? `CASE WHEN isfinite(${quoted}) THEN (${isoText(inZone(quoted, timeZone))}) || ' ' ||
      extract(epoch FROM (${inZone(quoted, timeZone)}) - (${inZone(quoted, 'UTC')}))::integer ELSE ${quoted}::text END`
      : isoText(inZone(quoted, 'UTC')),
  expected: { pattern: timestampPattern, called: 'a timestamp in UTC' },
  form(text, { json }) {
    const [value = '', offset = '0'] = text.split(/ (?=-?\d)/);
    const zero = json === 'drf' ? 'Z' : '+00:00';
    const suffix = offset === '0' ? zero : offsetText(Number(offset));
    return naive(value, suffix);
  },
});

/** Django: DateTimeField with `USE_TZ = False`, whose column is a `timestamptz` too: in the table's `timeZone`, without an offset. */
export const localTimestamptz = /* @__PURE__ */ columnKind({
  kind: 'localTimestamptz',
  types: ['timestamp with time zone'],
  select: (quoted, { timeZone }) => isoText(inZone(quoted, timeZone)),
  expected: { pattern: timestampPattern, called: 'a timestamp' },
  form: (value) => naive(value),
});

/** A `timestamp` without time zone, which no Django field uses: `YYYY-MM-DDTHH:MM:SS[.ffffff]`. */
export const timestamp = /* @__PURE__ */ columnKind({
  kind: 'timestamp',
  types: ['timestamp without time zone'],
  select: isoText,
  expected: { pattern: timestampPattern, called: 'a timestamp' },
  form: (value) => naive(value),
});

const inZone = (quoted: string, timeZone: ValueForm['timeZone']) => `${quoted} AT TIME ZONE '${timeZone}'`;

function naive(value: string, suffix = ''): string {
  const extreme = value.endsWith('infinity') ? extremes[value] : undefined;
  if (extreme !== undefined) return `${extreme.date}${extreme.time}${suffix}`;
  return isPythonic(value) ? `${sixDigits(value)}${suffix}` : value;
}

/** `+09:00`; with seconds if there are any, as in local mean time. */
function offsetText(offsetS: number): string {
  const size = Math.abs(offsetS);
  const parts = [
    Math.floor(size / 3600),
    Math.floor(size / 60) % 60,
    ...(size % 60 === 0 ? [] : [size % 60]),
  ];
  return `${offsetS < 0 ? '-' : '+'}${parts.map((part) => String(part).padStart(2, '0')).join(':')}`;
}

/** Whether Python's datetime can represent it: FastAPI and Django cannot show other values. */
const isPythonic = (timestamp: string) => /^\d{4}-[^B]*$/.test(timestamp);

/** PostgreSQL drops trailing zeros of a fraction, Python does not. */
const sixDigits = (text: string) => text.replace(/\.\d{1,5}$/, (fraction) => fraction.padEnd(7, '0'));
