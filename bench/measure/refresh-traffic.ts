import { Client } from 'pg';
import * as z from 'zod';
import schedule from '../../events/schedule.json' with { type: 'json' };
import { bundled } from '../bundles.ts';
import { type About, type Figure, figureOf } from '../figure.ts';
import type { Measure } from '../measure.ts';
import { refreshFunction, startRefreshFunction } from '../subjects/refresh-readers.ts';
import { startFunction } from '../subjects/subject.ts';
import type { Place } from '../world.ts';
import { change, changes, expectOutcome, restore } from './refresh-changes.ts';
import { startMeter, type Traffic } from './refresh-meter.ts';
import { publishedIn } from './refresh-published.ts';

const Stats = z.object({ calls: z.record(z.string(), z.number()), responseBytes: z.number() });

/**
 * What refreshes and containers ask of the Data API and of DynamoDB, counted at both, once for each case; and
 * how large the published snapshot is. Nothing is timed.
 */
export const measure: Measure = async ({ world, sizes, progress }) => {
  const figures: Figure[] = [];
  for (const rows of sizes) {
    progress(`requests and bytes at ${rows.toLocaleString('en')} topics`);
    const place = await world.withCache(await world.at(rows), `traffic-${rows}`);
    const writer = new Client({ connectionString: place.databaseUrl });
    await writer.connect();
    try {
      figures.push(...(await trafficOf(place, { writer, dynamoDb: world.dynamoDb })));
    } finally {
      await restore(writer);
      await writer.end();
    }
  }
  return figures;
};

async function trafficOf(
  place: Place,
  { writer, dynamoDb }: { writer: Client; dynamoDb: string },
): Promise<Figure[]> {
  const { rows, dataApi } = place;
  const meter = await startMeter(dynamoDb);
  const environment = { ...place.environment, AWS_ENDPOINT_URL_DYNAMODB: meter.url, FRESH_FOR_MS: '0' };
  const figures: Figure[] = [];
  const add = (about: Omit<About, 'measure' | 'rows'>, value: number) =>
    figures.push(figureOf({ measure: 'traffic', rows, ...about }, [value]));
  const addTraffic = (subject: string, variant: string, traffic: Traffic) => {
    add({ subject, variant: `${variant}: DynamoDB requests`, unit: 'calls' }, traffic.requests);
    add({ subject, variant: `${variant}: DynamoDB bytes out`, unit: 'bytes' }, traffic.bytesOut);
    add({ subject, variant: `${variant}: DynamoDB bytes in`, unit: 'bytes' }, traffic.bytesIn);
    add({ subject, variant: `${variant}: DynamoDB read units`, unit: 'units' }, traffic.readUnits);
    add({ subject, variant: `${variant}: DynamoDB write units`, unit: 'units' }, traffic.writeUnits);
  };

  const refresher = await startRefreshFunction({ environment });
  try {
    await refresher.read();
    const list = await startFunction('list', await bundled('list'), environment);
    const ask = async (variant: string) => {
      meter.take();
      const { status } = await list.do({ variant: 'gzip' });
      if (status === 413) throw new Error('the list function refuses the list');
      addTraffic('list function', variant, meter.take());
    };
    try {
      await ask('a new container');
      await ask('nothing new');
      await change(writer, 'one row changed');
      await refresher.read();
      await ask('one row changed');
    } finally {
      await list.stop();
    }

    for (const variant of changes) {
      await change(writer, variant);
      meter.take();
      await fetch(`${dataApi}/_stats`, { method: 'DELETE' });
      expectOutcome(variant, (await refresher.read()).outcome);
      const { calls, responseBytes } = Stats.parse(await (await fetch(`${dataApi}/_stats`)).json());
      const sum = Object.values(calls).reduce((sum, count) => sum + count, 0);
      add({ subject: refreshFunction, variant: `${variant}: Data API calls`, unit: 'calls' }, sum);
      add(
        { subject: refreshFunction, variant: `${variant}: Data API answers`, unit: 'bytes' },
        responseBytes,
      );
      addTraffic(refreshFunction, variant, meter.take());
    }
    await refresher.read(schedule);
    addTraffic(refreshFunction, 'nothing to do', meter.take());

    const published = await publishedIn({ dynamoDb, table: place.cacheTable });
    for (const [variant, bytes] of Object.entries(published.bytes))
      add({ subject: 'snapshot', variant, unit: 'bytes' }, bytes);
    add({ subject: 'snapshot', variant: 'chunks', unit: 'chunks' }, published.chunks);
  } finally {
    await refresher.stop();
    await meter.stop();
  }
  return figures;
}
