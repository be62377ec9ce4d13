import { type Bill, gb, line, transfer } from './bill.ts';
import type { Inputs } from './inputs.ts';
import { lambdaMs, listUse, refreshMs } from './lambda.ts';
import { hoursPerMonth } from './prices.ts';

const gib = 1_024;
/** The schedule of `serverless.yml`: one a minute. */
const looksPerMonth = hoursPerMonth * 60;

/** This project: HTTP API, Lambda, DynamoDB, Data API. */
export const offloadBill: Bill = (footprint, inputs, { requests, changes }) => {
  const list = listUse(inputs, requests);
  const { listMiB, refreshMiB, dynamoDbMs, fullVcpuMiB, dataApiCalls, dataApiBytes, dataApiUnitBytes } =
    inputs;

  const fillMs = footprint.fill.requests * dynamoDbMs.value;
  const coldMs = lambdaMs(inputs.listColdMs.value, listMiB.value, fullVcpuMiB.value, fillMs);
  const listSeconds =
    (requests * list.memoryMs + list.validations * dynamoDbMs.value + list.colds * coldMs) / 1_000;
  const askMs = footprint.idle.requests * dynamoDbMs.value;
  const lookMs = lambdaMs(inputs.lookMs.value, refreshMiB.value, fullVcpuMiB.value, askMs);
  const refreshSeconds = (changes * refreshMs(footprint, inputs) + looksPerMonth * lookMs) / 1_000;

  // After a change each container in use fetches what it lacks, with the question that it would have put anyway.
  const fetches = Math.min(changes * list.containers, list.validations);
  const fetched = footprint.fillOneRow.readUnits - footprint.validate.readUnits;
  const listReads =
    list.validations * footprint.validate.readUnits +
    fetches * fetched +
    list.colds * footprint.fill.readUnits;
  const refreshReads = changes * footprint.oneRow.readUnits + looksPerMonth * footprint.idle.readUnits;
  const metrics =
    (requests > 0 ? inputs.listMetrics.value : 0) + (changes > 0 ? inputs.refreshMetrics.value : 0);
  return [
    line(
      'API Gateway, HTTP API',
      'httpApiRequest',
      requests * Math.ceil(footprint.gzipBytes / inputs.httpApiUnitBytes.value),
    ),
    transfer(requests, footprint.gzipBytes),
    line('Lambda, list: requests', 'lambdaRequest', requests),
    line('Lambda, list: time', 'lambdaGbSecond', (listSeconds * listMiB.value) / gib),
    line('DynamoDB, reads of the list function', 'dynamoDbReadUnit', listReads),
    line('Logs', 'logsGb', logBytes(inputs, requests, changes) / gb),
    line('Lambda, refresh: requests', 'lambdaRequest', changes + looksPerMonth),
    line('Lambda, refresh: time', 'lambdaGbSecond', (refreshSeconds * refreshMiB.value) / gib),
    line('DynamoDB, reads of refreshes', 'dynamoDbReadUnit', refreshReads),
    line('DynamoDB, writes', 'dynamoDbWriteUnit', changes * footprint.oneRow.writeUnits),
    line(
      'Data API',
      'dataApiUnit',
      changes * (dataApiCalls.value + dataApiBytes.value / dataApiUnitBytes.value),
    ),
    line('DynamoDB, the table', 'dynamoDbGbMonth', (footprint.chunkBytes + footprint.headBytes) / gb),
    line('CloudWatch metrics', 'metricMonth', metrics),
    line('CloudWatch alarm', 'alarmMonth', 1),
    line('Secret of the database user', 'secretMonth', 1),
  ];
};

function logBytes(inputs: Inputs, requests: number, changes: number): number {
  const { logLineBytes, platformLogLines, platformLogBytes, refreshLogLines } = inputs;
  const log = (bytes: number, lines: number) =>
    bytes + platformLogBytes.value + logLineBytes.value * (lines + platformLogLines.value);
  return (
    requests * log(inputs.listLogBytes.value, 1) +
    changes * log(inputs.refreshLogBytes.value, refreshLogLines.value) +
    looksPerMonth * log(inputs.lookLogBytes.value, 1)
  );
}
