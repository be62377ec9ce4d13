import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Figure } from './figure.ts';

interface Plot {
  title: string;
  shows: (figure: Figure) => boolean;
  draw: (figures: Figure[]) => TopLevelSpec;
}

/** The same subject has the same colour in each plot. */
const colours: Record<string, string> = {
  'list function': '#1f5fa8',
  'refresh function': '#17877a',
  'FastAPI + Django': '#e07b00',
  'Django REST framework': '#c2403d',
};
/** For those that are nobody's rival. */
const others = ['#7a8793', '#8b6bb1', '#a9a13b', '#d58fb5'];

/** Of each field, once, in the order in which it was measured. */
const valuesOf = (figures: Figure[], field: 'subject' | 'variant') => [
  ...new Set(figures.map((figure) => figure[field])),
];

function colourOf(figures: Figure[]) {
  const domain = valuesOf(figures, 'subject');
  const rest = domain.filter((subject) => colours[subject] === undefined);
  const range = domain.map((subject) => colours[subject] ?? others[rest.indexOf(subject)] ?? 'black');
  const scale = { domain, range };
  const legend = { orient: 'bottom', columns: 3, labelLimit: 0 } as const;
  return { field: 'subject', type: 'nominal', title: null, scale, legend } as const;
}

const sizes = [10, 100, 1_000, 10_000, 100_000];
const topics = {
  field: 'rows',
  type: 'quantitative',
  title: 'topics',
  scale: { type: 'log' },
  axis: { values: sizes, format: ',d', labelFlush: false },
} as const;

/** Against the number of topics: a line for each subject through the medians, with the quartiles as bars. */
function lines(figures: Figure[], title: string, ticks: number[], width = 560) {
  const axis = { values: ticks, format: ',~g' };
  const y = { type: 'quantitative', title, axis, scale: { type: 'log', nice: false } } as const;
  return {
    ...{ width, height: 320 },
    encoding: { x: topics, color: colourOf(figures) },
    layer: [
      { mark: { type: 'line', point: true }, encoding: { y: { ...y, field: 'median' } } },
      { mark: 'rule', encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } } },
    ],
  } satisfies Partial<TopLevelSpec>;
}

/** A group of bars for each number of topics. */
function bars(figures: Figure[], title: string) {
  const y = { type: 'quantitative', title } as const;
  const axis = { labelExpr: "format(datum.value, ',')", labelAngle: 0 };
  const color = colourOf(figures);
  return {
    ...{ width: 560, height: 320 },
    encoding: {
      x: { field: 'rows', type: 'ordinal', title: 'topics', axis },
      xOffset: { field: 'subject', type: 'nominal', scale: { domain: color.scale.domain } },
    },
    layer: [
      { mark: 'bar', encoding: { y: { ...y, field: 'median' }, color } },
      { mark: 'rule', encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } } },
    ],
  } satisfies Partial<TopLevelSpec>;
}

const milliseconds = [0.01, 0.1, 1, 10, 100, 1_000, 10_000];
const mebibytes = [32, 64, 128, 256, 512, 1_024];

/** By the name of their file. */
const plots: Record<string, Plot> = {
  warm: {
    title: 'A warm request, from the event to the response',
    shows: ({ measure, variant }) => measure === 'warm' && variant === 'plain',
    draw: (figures) => ({ data: { values: figures }, ...lines(figures, 'milliseconds', milliseconds) }),
  },
  memory: {
    title: 'The most memory that a process had',
    shows: ({ measure, variant }) => measure === 'memory' && variant === 'peak',
    draw: (figures) => ({ data: { values: figures }, ...lines(figures, 'MiB', mebibytes) }),
  },
  refresh: {
    title: 'A refresh, by what has changed',
    shows: ({ measure, unit }) => measure === 'refresh' && unit === 'ms',
    draw: (figures) => ({
      data: { values: figures },
      facet: { column: { field: 'variant', title: null, sort: valuesOf(figures, 'variant') } },
      spec: lines(figures, 'milliseconds', milliseconds, 220),
      spacing: 48,
    }),
  },
  cold: {
    title: 'From the start of a process to its first answer',
    shows: ({ measure, variant }) => measure === 'cold' && variant === 'total',
    draw: (figures) => ({ data: { values: figures }, ...bars(figures, 'milliseconds') }),
  },
};

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
  for (const [name, { title, shows, draw }] of Object.entries(plots)) {
    const shown = figures.filter(shows);
    if (shown.length === 0) continue;
    const { spec } = compile({ ...draw(shown), ...page, title, config });
    drawn.set(name, `${await new View(parse(spec), { renderer: 'none' }).toSVG()}\n`);
  }
  return drawn;
}
