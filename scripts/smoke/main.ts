import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { readParameters } from '../../deploy/parameters.ts';
import { tables } from '../../tables/index.ts';
import { startCommand } from '../start-command.ts';
import { smoke } from './checks.ts';

const usage = `Usage: npm run smoke -- --url https://… --token … [--stage STAGE] [--burst REQUESTS]

Send requests to a running deployment for up to a minute, check the answers, and print them.

  --stage STAGE      also check that the alarms of this stage have an action; needs AWS credentials
  --burst REQUESTS   also send this many requests at once, to check the throttling (default 0: none)

Exit status: 0, or 1 if a check fails.`;

async function alarmsOf(stage: string) {
  const { region, values } = await readParameters({ stage });
  const AlarmNamePrefix = `${values['service']}-${stage}-`;
  const client = new CloudWatchClient({ region });
  const { MetricAlarms = [] } = await client.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix, MaxRecords: 100 }),
  );
  const armed = MetricAlarms.filter(
    ({ ActionsEnabled, AlarmActions = [] }) => ActionsEnabled && AlarmActions.length > 0,
  );
  return { all: MetricAlarms.length, armed: armed.length };
}

async function main() {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      token: { type: 'string' },
      stage: { type: 'string' },
      burst: { type: 'string', default: '0' },
    },
  });
  const { url, token, stage, burst } = values;
  if (url === undefined || token === undefined || !/^\d{1,5}$/.test(burst)) throw new Error(usage);
  const [{ name, key, relation }] = tables;
  const isWell = await smoke(
    {
      ...{ url: url.replace(/\/+$/, ''), token, burst: Number(burst), fetch, sleep: (ms) => sleep(ms) },
      table: { name, key: key.name, relation },
      ...(stage === undefined ? {} : { alarms: () => alarmsOf(stage) }),
    },
    (line) => console.log(line),
  );
  if (!isWell) process.exitCode = 1;
}

startCommand(usage);
await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
