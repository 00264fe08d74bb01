import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { flatten } from '../../src/config/setting';
import { SETTINGS } from '../../src/config/settings';
import { CHECKOUT } from '../support/services';

interface ComposeService {
  image: string;
  command?: string | string[];
  environment?: Record<string, string>;
  mem_limit?: string;
  volumes?: string[];
  read_only?: boolean;
  stop_grace_period?: string;
  ports?: string[];
}

const FOLDER = path.join(CHECKOUT, 'docker');
const { services } = parse(readFileSync(path.join(FOLDER, 'compose.yaml'), 'utf8'), { merge: true }) as {
  services: Record<string, ComposeService>;
};
const megabytes = (text: string) => Number.parseInt(text) * (/g$/.test(text) ? 1024 : 1);
const argument = (service: ComposeService, name: string) =>
  service.command![service.command!.indexOf(name) + 1];

describe('docker/compose.yaml', () => {
  it('defines every component of the service', () => {
    const parts = ['api', 'worker', 'postgres', 'redis-cache', 'redis-queue', 'prometheus', 'grafana'];
    expect(Object.keys(services)).toEqual(parts);
  });

  it('sets only what is a setting of the service', () => {
    const known = flatten(SETTINGS).map(({ name }) => name);
    for (const { environment } of [services.api, services.worker])
      expect(known).toEqual(expect.arrayContaining(Object.keys(environment!)));
    expect(services.api.environment!.ROLE).toBe('api');
    expect(services.worker.environment!.ROLE).toBe('worker');
  });

  it.each(['api', 'worker'])('gives %s a read-only root and more time to stop than it takes', (name) => {
    expect(services[name].read_only).toBe(true);
    const period = flatten(SETTINGS).find((one) => one.name === 'SHUTDOWN_TIMEOUT_SECONDS')!;
    expect(Number.parseInt(services[name].stop_grace_period!)).toBeGreaterThan(Number(period.defaultText));
  });

  it.each([
    ['redis-cache', 'allkeys-lru', 'no'],
    ['redis-queue', 'noeviction', 'yes'],
  ])('gives %s 80 %% of its limit, %s, append-only file: %s', (name, policy, appendOnly) => {
    const service = services[name];
    const share = megabytes(argument(service, '--maxmemory')) / megabytes(service.mem_limit!);
    expect(share).toBeGreaterThan(0.79);
    expect(share).toBeLessThanOrEqual(0.8);
    expect(argument(service, '--maxmemory-policy')).toBe(policy);
    expect(argument(service, '--appendonly')).toBe(appendOnly);
  });

  it('mounts files that exist, with rules and dashboards of the chart', () => {
    const mounted = Object.values(services)
      .flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0]))
      .filter((source) => source.startsWith('.'));
    for (const source of mounted)
      expect([source, existsSync(path.join(FOLDER, source))]).toEqual([source, true]);
    expect(mounted).toEqual(
      expect.arrayContaining(['../helm/evergreen/files/rules', '../helm/evergreen/files/dashboards']),
    );
  });

  it('contains no password: each is required as a variable, and Redis requires authentication', () => {
    const text = readFileSync(path.join(FOLDER, 'compose.yaml'), 'utf8');
    const variables = [...text.matchAll(/\$\{(\w*PASSWORD)([^}]*)\}/g)];
    const required = variables.filter(([, , rest]) => rest.startsWith(':?')).map(([, name]) => name);
    expect(new Set(required)).toEqual(new Set(['POSTGRES_PASSWORD', 'REDIS_PASSWORD', 'GRAFANA_PASSWORD']));
    for (const [, , rest] of variables) expect(rest).not.toMatch(/^:?[-=]/);
    for (const name of ['redis-cache', 'redis-queue']) {
      expect(argument(services[name], '--requirepass')).toBe('${REDIS_PASSWORD}');
      expect(services[name].environment!.REDISCLI_AUTH).toContain('REDIS_PASSWORD');
    }
    for (const variable of ['REDIS_CACHE_URL', 'REDIS_QUEUE_URL'])
      expect(services.api.environment![variable]).toMatch(/^redis:\/\/:\$\{REDIS_PASSWORD/);
  });

  it('does not publish the port of health and metrics, which Prometheus scrapes', () => {
    for (const name of ['api', 'worker']) {
      const port = services[name].environment!.MANAGEMENT_PORT;
      expect((services[name].ports ?? []).join()).not.toContain(port);
      const prometheus = readFileSync(path.join(FOLDER, 'prometheus/prometheus.yaml'), 'utf8');
      expect(prometheus).toContain(`port: ${port}`);
    }
  });

  it('lets you pin every image by its digest', () => {
    for (const { image } of Object.values(services)) expect(image).toMatch(/^\$\{[A-Z]+_IMAGE:-[^}]+\}$/);
  });

  it('is reachable from this machine only', () => {
    for (const port of Object.values(services).flatMap(({ ports = [] }) => ports))
      expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});
