import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Figure } from './figure.ts';

/** How a cost grows with the rows. */
interface Plot {
  title: string;
  /** Of the vertical axis; null where each panel has its own, which its name tells. */
  unit: string | null;
  shows: (figure: Figure) => boolean;
  /**
   * A panel for each of these, beside each other, in the order in which they were measured; one panel without
   * it.
   */
  panels?: (figure: Figure) => string;
}

/** The same subject has the same colour in each plot. */
const colours: Record<string, string> = {
  'list function': '#1f5fa8',
  'refresh function': '#17877a',
  'FastAPI + Django': '#e07b00',
  'FastAPI, bytes kept': '#8b6bb1',
  'Django REST framework': '#c2403d',
  'constant function': '#7a8793',
};
/** For those that are nobody's rival. */
const others = ['#7a8793', '#8b6bb1', '#a9a13b', '#d58fb5'];

const milliseconds = 'milliseconds';
const refreshed = /: DynamoDB (write units|bytes out)$/;

/** By the name of their file. */
const plots: Record<string, Plot> = {
  warm: {
    title: 'A warm request, from the event to the response',
    unit: milliseconds,
    shows: ({ measure, variant }) => measure === 'warm' && variant === 'plain',
  },
  loop: {
    title: 'A warm request through the runtime client',
    unit: milliseconds,
    shows: ({ measure, variant }) => measure === 'loop' && variant !== '413',
    panels: ({ variant }) => variant,
  },
  memory: {
    title: 'The most memory that a process had',
    unit: 'MiB',
    shows: ({ measure, variant }) => measure === 'memory' && variant === 'peak',
  },
  refresh: {
    title: 'A refresh, by what has changed',
    unit: milliseconds,
    shows: ({ measure, unit }) => measure === 'refresh' && unit === 'ms',
    panels: ({ variant }) => variant,
  },
  traffic: {
    title: 'What a refresh writes to DynamoDB, by what has changed',
    unit: null,
    shows: ({ measure, subject, variant }) =>
      measure === 'traffic' &&
      subject === 'refresh function' &&
      refreshed.test(variant) &&
      !variant.startsWith('nothing to do'),
    panels: ({ variant }) => (variant.endsWith('write units') ? 'write units' : 'bytes sent'),
  },
  cold: {
    title: 'From the start of a process to its first answer',
    unit: milliseconds,
    shows: ({ measure, variant }) => measure === 'cold' && variant === 'total',
  },
};

/** Whose line it is: of the traffic, each case has one, as they are all of the refresh function. */
const lineOf = ({ measure, subject, variant }: Figure) =>
  measure === 'traffic' ? variant.replace(refreshed, '') : subject;

function colourOf(lines: readonly string[]) {
  const domain = [...new Set(lines)];
  const rest = domain.filter((line) => colours[line] === undefined);
  const range = domain.map((line) => colours[line] ?? others[rest.indexOf(line)] ?? 'black');
  const legend = { orient: 'bottom', columns: 3, labelLimit: 0 } as const;
  return { field: 'line', type: 'nominal', title: null, scale: { domain, range }, legend } as const;
}

const sizes = [10, 100, 1_000, 10_000, 100_000];
const powersOfTen = [0.001, 0.01, 0.1, 1, ...[1, 2, 3, 4, 5, 6, 7, 8].map((power) => 10 ** power)];
const topics = {
  field: 'rows',
  type: 'quantitative',
  title: 'topics',
  scale: { type: 'log' },
  axis: { values: sizes, format: ',d', labelFlush: false },
} as const;

/** Both axes logarithmic: a line for each subject through the medians, with the quartiles as bars. */
function lines(values: readonly { line: string }[], unit: string | null, width: number) {
  const axis = { values: powersOfTen, format: ',~g' };
  const y = { type: 'quantitative', title: unit, axis, scale: { type: 'log', nice: true } } as const;
  return {
    ...{ width, height: 320 },
    encoding: { x: topics, color: colourOf(values.map(({ line }) => line)) },
    layer: [
      { mark: { type: 'line', point: true }, encoding: { y: { ...y, field: 'median' } } },
      { mark: 'rule', encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } } },
    ],
  } satisfies Partial<TopLevelSpec>;
}

function draw(figures: Figure[], { unit, panels }: Plot): TopLevelSpec {
  const values = figures.map((figure) => ({
    ...figure,
    line: lineOf(figure),
    panel: panels?.(figure),
  }));
  if (panels === undefined) return { data: { values }, ...lines(values, unit, 560) };
  const order = [...new Set(values.map(({ panel }) => panel ?? ''))];
  return {
    data: { values },
    facet: { column: { field: 'panel', title: null, sort: order } },
    spec: lines(values, unit, 220),
    spacing: 48,
    ...(unit === null ? { resolve: { scale: { y: 'independent' } } } : {}),
  };
}

/** White behind all of it: it is to be read on a dark page too. */
const page = { background: 'white', padding: 12 };
const config = {
  aria: false,
  font: 'sans-serif',
  view: { stroke: null },
  title: { anchor: 'start', offset: 12 },
} as const;

/** @returns SVG, by the name of its file, of what was measured */
export async function drawPlots(figures: readonly Figure[]): Promise<Map<string, string>> {
  const drawn = new Map<string, string>();
  for (const [name, plot] of Object.entries(plots)) {
    const shown = figures.filter(plot.shows);
    if (shown.length === 0) continue;
    const { spec } = compile({ ...draw(shown, plot), ...page, title: plot.title, config });
    drawn.set(name, `${await new View(parse(spec), { renderer: 'none' }).toSVG()}\n`);
  }
  return drawn;
}
