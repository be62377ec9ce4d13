import type { Input } from './inputs.ts';

const assumed = (value: number, unit: string, of: string): Input => ({ value, unit, of, from: 'assumed' });

/** What neither the benchmark nor the configuration can tell. To reckon with other numbers, change them here. */
export const assumptions = {
  changesPerMonth: assumed(10_000, 'changes', 'changes a month, where a table does not say otherwise'),
  fullVcpuMiB: assumed(1_769, 'MiB', 'memory at which Lambda gives one whole vCPU'),
  dynamoDbMs: assumed(5, 'ms', 'one DynamoDB request, over the network'),
  dataApiMs: assumed(20, 'ms', 'one Data API call, without its query'),
  lookMs: assumed(1, 'ms', 'a look that finds nothing, on one vCPU, without a network'),
  coldShare: assumed(0.01, '', 'share of the requests that start a container'),
  httpApiUnitBytes: assumed(
    512 * 1_024,
    'bytes',
    'of an answer that API Gateway’s HTTP API counts as one request',
  ),
  dataApiUnitBytes: assumed(32 * 1_024, 'bytes', 'of an answer that the Data API counts as one call'),
  listLogBytes: assumed(602, 'bytes', 'the log line of a list, with its metrics'),
  refreshLogLines: assumed(2, 'lines', 'log lines of a refresh'),
  refreshLogBytes: assumed(830, 'bytes', 'the log lines of a refresh'),
  lookLogBytes: assumed(200, 'bytes', 'the log line of a look that finds nothing'),
  platformLogLines: assumed(3, 'lines', 'Lambda’s own log lines of one invocation: START, END, REPORT'),
  platformLogBytes: assumed(350, 'bytes', 'Lambda’s own log lines of one invocation'),
  logLineBytes: assumed(26, 'bytes', 'what CloudWatch Logs counts for a line besides its text'),
  listMetrics: assumed(5, 'metrics', 'metrics of the list function, once it is asked'),
  refreshMetrics: assumed(6, 'metrics', 'metrics of the refresh function, once there are changes'),
  peak: assumed(4, '', 'requests a second in the busiest hour, to the month’s average'),
  leastTasks: assumed(2, 'tasks', 'Fargate tasks that are always there, in two zones'),
  leastTaskVcpu: assumed(0.25, 'vCPU', 'the smallest Fargate task'),
  mostTaskVcpu: assumed(
    2,
    'vCPU',
    'the largest one that is taken; between them each is twice the one before',
  ),
  gbPerVcpu: assumed(2, 'GB', 'memory of a Fargate task for each vCPU'),
  utilisation: assumed(0.6, '', 'share of a task’s vCPU that is used at the peak'),
  taskLogBytes: assumed(120, 'bytes', 'a container’s log line of one request'),
  balancerIps: assumed(2, 'addresses', 'public addresses of the load balancer; each task has one more'),
  balancerUnitGb: assumed(1, 'GB an hour', 'that one capacity unit of the load balancer carries'),
  balancerUnitConnections: assumed(25, 'connections/s', 'that one capacity unit of the load balancer opens'),
  requestsPerConnection: assumed(10, '', 'requests on one connection to the load balancer'),
  cacheTtlS: assumed(60, 's', 'how long API Gateway’s cache, and CloudFront, keep an answer'),
  gatewayMostBytes: assumed(1_048_576, 'bytes', 'the largest answer that API Gateway’s cache keeps'),
  edgeCaches: assumed(10, 'caches', 'caches of CloudFront that each ask for themselves'),
};
