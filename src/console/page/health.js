import { milliseconds } from './amounts.js';
import { byId, element } from './element.js';

const INTERVAL_MS = 15_000;

/** Shows how the service is, now and from time to time while the page is seen. */
export function startHealth() {
  void showHealth();
  setInterval(() => {
    if (!document.hidden) void showHealth();
  }, INTERVAL_MS);
}

/** Shows in the corner and in its view how the service and what it depends on are. */
export async function showHealth() {
  const { status, dependencies } = await readHealth();
  const corner = byId('health');
  corner.textContent = status;
  corner.className = `health ${status}`;
  byId('dependencies').replaceChildren(
    ...Object.entries(dependencies).map(([name, { status: state, critical, latency_ms: ms }]) =>
      element(
        'li',
        { className: `badge ${state}` },
        `${name.replaceAll('_', ' ')}: ${state} (${milliseconds(ms)}${critical ? '' : ', can do without'})`,
      ),
    ),
  );
}

/** A service that is not ready says so with 503 and the same body. */
async function readHealth() {
  try {
    const reply = await fetch('health/ready');
    // On a port of its own, which is not for readers of this page.
    if (reply.status === 404) return { status: '', dependencies: {} };
    const body = await reply.json();
    if (body.dependencies) return body;
  } catch {
    // Nobody there: said below.
  }
  return { status: 'unreachable', dependencies: {} };
}
