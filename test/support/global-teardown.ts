export { tearDown as default } from './postgres-cluster.ts';
